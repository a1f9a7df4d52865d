import { expect, test } from "./chat-test.ts";
import { regionOf, serveInline, TARGET } from "./inline-page.ts";

// The container of an inline chat: late, moved, replaced, invalid, and shared by two script tags.

test("the chat and its draft follow a target that appears late, is removed, and reappears as another element", async ({
  page,
  house,
}) => {
  await page.goto(serveInline(house, "/inline-late", { target: "" }));
  await page.waitForFunction("window.MailooChat?.on");
  await page.evaluate((html) => document.querySelector("h1")?.insertAdjacentHTML("afterend", html), TARGET);
  const { region, composer } = regionOf(page);
  await composer.fill("half a thought");
  await page.evaluate(() => document.querySelector("#chat")?.remove());
  await expect(region).toHaveCount(0);
  await page.evaluate((html) => document.querySelector("h1")?.insertAdjacentHTML("afterend", html), TARGET);
  await expect(composer).toHaveValue("half a thought");
  await page.evaluate(() => document.querySelector("#chat")?.replaceChildren());
  await expect(composer).toHaveValue("half a thought");
  await expect(page.locator("#chat mailoo-chat-widget")).toHaveCount(1);
});

for (const target of ["#nowhere", "..wrong"]) {
  test(`an invalid target ${target} is reported by the option's name`, async ({ page, house }) => {
    const warned = page.waitForEvent("console", (line) => line.text().includes(`"target"`));
    const html = `<!doctype html><title>Help</title><script src="${house.bff.url}/widget.js" data-mode="inline" data-target="${target}"></script>`;
    await page.goto(house.site.serve("/inline-wrong", { html }));
    expect((await warned).text()).toContain(target);
    await expect(page.getByRole("log")).toHaveCount(0);
  });
}

test("mode and target can change at run time: inline, another target, float, and inline again", async ({
  page,
  house,
}) => {
  await page.goto(
    serveInline(house, "/inline-update", { target: `${TARGET}<div id="other" style="height:300px"></div>` }),
  );
  const { region, composer } = regionOf(page);
  await composer.fill("half a thought");
  await page.evaluate("MailooChat('update', { target: '#other' })");
  await expect(page.locator("#other mailoo-chat-widget")).toHaveCount(1);
  await expect.poll(async () => (await region.boundingBox())?.height).toBe(300);
  await page.evaluate("MailooChat('update', { mode: 'float' })");
  const dialog = page.getByRole("dialog", { name: "Chat" });
  await expect(dialog.getByRole("textbox", { name: "Message" })).toHaveValue("half a thought");
  await dialog.getByRole("button", { name: "Minimise" }).click();
  await page.getByRole("button", { name: "Open chat" }).waitFor();
  await expect(dialog).toBeHidden();
  await page.evaluate("MailooChat('update', { mode: 'inline', target: '#chat' })");
  await expect(page.locator("#chat mailoo-chat-widget")).toHaveCount(1);
  await expect(composer).toHaveValue("half a thought");
  await expect(page.getByRole("button", { name: /^(Open|Close) chat/ })).toHaveCount(0);
  await page.evaluate("MailooChat('destroy')");
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(0);
});

test("a page that re-renders the container and runs the tag again at once has one chat, which continues", async ({
  page,
  house,
}) => {
  await page.goto(serveInline(house, "/inline-again"));
  const { composer, message } = regionOf(page);
  await composer.fill("Before");
  await composer.press("Enter");
  await expect(message("Before")).toHaveAttribute("data-state", "sent");
  const code = await (await page.request.get(`${house.bff.url}/widget.js`)).text();
  await page.evaluate(
    ([html, script, bff]) => {
      document.querySelector("#chat")?.remove();
      document.querySelector("h1")?.insertAdjacentHTML("afterend", html);
      const tag = document.createElement("script");
      Object.assign(tag.dataset, { bff, mode: "inline", target: "#chat" });
      tag.textContent = script;
      document.head.append(tag);
    },
    [TARGET, code, house.bff.url] as const,
  );
  await expect(message("Before")).toBeVisible();
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
  await expect(composer).toHaveCount(1);
});

test("a second tag for the same server does not move the first one's chat", async ({ page, house }) => {
  const again = `<div id="second" style="height:400px"></div><script src="${house.bff.url}/widget.js" data-mode="inline" data-target="#second"></script>`;
  await page.goto(serveInline(house, "/inline-twice", { target: TARGET + again }));
  const { composer } = regionOf(page);
  await expect(composer).toHaveCount(1);
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
});
