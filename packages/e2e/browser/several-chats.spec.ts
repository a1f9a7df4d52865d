import { type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import { expect, test } from "@playwright/test";
import { startBff } from "../src/servers/start-bff.ts";
import { startTestSite } from "../src/servers/start-test-site.ts";
import { createConsolePage } from "./console-page.ts";

// Includes starting servers.
test.describe.configure({ timeout: 90_000 });

test("two chats of one server on one page are separate widgets, each with its own conversation and integration owner", async ({
  page,
  browser,
}) => {
  await using sandbox = await startSandbox();
  await using site = await startTestSite();
  const salesId = await createIntegration(sandbox, site.origin);
  const chats = { "/support": {}, "/sales": { MAILOO_CHAT_INTEGRATION_ID: salesId } };
  await using bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [site.origin],
    env: { MAILOO_CHAT_CHATS: JSON.stringify({ chats }) },
  });
  const url = site.serve("/", {
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title></head><body>
<script async src="${bff.url}/support/widget.js" data-title="Support"></script>
<script async src="${bff.url}/sales/widget.js" data-title="Sales" data-position="left"></script>
</body></html>`,
  });
  const widgets = [
    { side: "right", title: "Support", text: "It is broken", integration: "Website chat" },
    { side: "left", title: "Sales", text: "How much is it?", integration: "Sales" },
  ];

  await page.goto(url);
  const launchers = page.getByRole("button", { name: "Open chat" });
  await expect(launchers).toHaveCount(2);
  const boxes = await Promise.all((await launchers.all()).map((launcher) => launcher.boundingBox()));
  const [left, right] = boxes.flatMap((box) => box ?? []).toSorted((a, b) => a.x - b.x);
  if (!left || !right) throw new Error("two launchers are visible");
  expect(left.x + left.width).toBeLessThan(right.x);
  await using context = await browser.newContext();
  const owner = createConsolePage(await context.newPage());
  await owner.open(sandbox.url);
  for (const { side, title, text, integration } of widgets) {
    const { x, y, width, height } = side === "left" ? left : right;
    await page.mouse.click(x + width / 2, y + height / 2);
    const panel = page.getByRole("dialog", { name: title });
    await panel.getByRole("textbox").fill(text);
    await panel.getByRole("textbox").press("Enter");
    await expect(panel.getByText(text)).toBeVisible();
    await owner.chooseIntegration(integration);
    await owner.answer(text, `${title} answers`);
    await expect(panel.getByText(`${title} answers`)).toBeVisible();
    await expect(panel.locator('[data-message-id]:not([data-message-id="welcome"])')).toHaveCount(2);
  }

  await page.reload();
  for (const { title } of widgets) {
    const panel = page.getByRole("dialog", { name: title });
    await expect(panel.getByText(`${title} answers`)).toBeVisible();
  }
});

/** @returns the id of an integration in addition to the seed's */
async function createIntegration(sandbox: Sandbox, origin: string): Promise<string> {
  await fetch(`${sandbox.url}/api/v1/webhooks/chat/${SEED.projectUid}/integrations`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Key": SEED.apiKey },
    body: JSON.stringify({ name: "Sales", config: { allowedOrigins: [origin] } }),
  });
  const created = sandbox.integrations().find(({ name }) => name === "Sales");
  if (!created) throw new Error("the integration was not created");
  return created.publicId;
}
