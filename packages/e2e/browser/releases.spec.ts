import { startBff } from "../src/servers/start-bff.ts";
import type { TestSite } from "../src/servers/start-test-site.ts";
import { expect, type House, test } from "./chat-test.ts";

test("a page loaded before an upgrade opens its chat although the files of its release are gone", async ({
  house,
  page,
}) => {
  const asked: string[] = [];
  page.on("response", (response) => asked.push(`${response.status()} ${new URL(response.url()).pathname}`));
  await page.route(`${house.bff.url}/widget.js`, async (route) => {
    const answer = await route.fetch();
    const { release, code } = await readLoader(house);
    await route.fulfill({ response: answer, body: code.replaceAll(release, "0ld0ld") });
  });
  await page.goto(
    house.site.serve(
      "/old",
      pageWith(`<script async src="${house.bff.url}/widget.js" data-locale="de"></script>`),
    ),
  );
  await page.getByRole("button", { name: "Chat öffnen" }).click();

  // The core and the page's locale, both under stable names.
  await expect(page.getByRole("dialog").getByRole("textbox", { name: "Nachricht" })).toBeVisible({
    timeout: 15_000,
  });
  expect(asked).toContain("404 /assets/core-0ld0ld.js");
  expect(asked).toContain("200 /v1/core.js");
  expect(asked).toContain("200 /v1/de.js");

  // Lazy chunks of the core are served under stable names, too.
  await page.getByRole("button", { name: "Weitere Optionen" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
});

test("an open page keeps every feature after its server is upgraded: form, challenge, links, menu, ended session", async ({
  chat,
  house,
  page,
}) => {
  test.setTimeout(90_000);
  await using bff = await startBff({
    platformUrl: house.sandbox.url,
    allowedOrigins: [house.site.origin],
    env: { MAILOO_CHAT_PRE_CHAT: "email:required", MAILOO_CHAT_CHALLENGE: "always" },
  });
  const script = `<script async src="${bff.url}/widget.js"></script>`;
  await chat.goto(house.site.serve("/upgraded", pageWith(script)));
  await chat.launcher.hover();
  await page.locator("[part~=launcher] > *").waitFor({ state: "attached" });
  const gone: string[] = [];
  await page.route(`${bff.url}/assets/**`, (route) => {
    gone.push(new URL(route.request().url()).pathname);
    return route.fulfill({ status: 404, headers: { "access-control-allow-origin": "*" } });
  });

  await chat.openPanel();
  await chat.panel.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
  await chat.panel.getByRole("button", { name: "Start chat" }).click();
  // The challenge solver and the link finder are loaded now, under stable names.
  await chat.send("Have a look at https://example.com/a");
  await expect(chat.message("Have a look")).toHaveAttribute("data-state", "sent", { timeout: 40_000 });
  await expect(chat.message("Have a look").getByRole("link")).toHaveAttribute(
    "href",
    "https://example.com/a",
    {
      timeout: 20_000,
    },
  );
  expect(gone.some((path) => path.includes("solve-challenge"))).toBe(true);

  await chat.panel.getByRole("button", { name: "More options" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Download transcript" }).click();
  expect((await download).suggestedFilename()).toMatch(/^chat-.+\.txt$/);

  await page.route("**/submit", (route) =>
    route.fulfill({
      status: 409,
      headers: { "access-control-allow-origin": house.site.origin },
      json: { code: "session_closed", status: 409 },
    }),
  );
  await chat.send("Hello?");
  await chat.panel.getByRole("button", { name: "Start a new conversation" }).click();
  await expect(chat.panel.getByRole("textbox", { name: "Email" })).toBeVisible();
});

test("a page that pins the script by its hash has a chat, and loads no script with a wrong hash", async ({
  chat,
  house,
  page,
}) => {
  const { path, integrity } = await readPinnedLoader(house);
  const tag = (hash: string) =>
    `<script async src="${house.bff.url}${path}" integrity="${hash}" crossorigin="anonymous"></script>`;
  await chat.goto(house.site.serve("/pinned", pageWith(tag(integrity))));
  await chat.openPanel();
  await expect(chat.composer).toBeVisible();

  const refused = page.waitForEvent("console", (message) => message.text().includes("integrity"));
  await page.goto(house.site.serve("/tampered", pageWith(tag(`sha384-${"A".repeat(64)}`))));
  await refused;
  await expect(chat.launcher).toHaveCount(0);
});

test("the script is also served under a versioned path and calls the same server", async ({
  chat,
  house,
}) => {
  const tag = `<script async src="${house.bff.url}/v1/widget.js"></script>`;
  await chat.goto(house.site.serve("/versioned", pageWith(tag)));
  await chat.openPanel();
  await chat.send("By the versioned path");
  await expect(chat.message("By the versioned path")).toHaveAttribute("data-state", "sent");
});

function pageWith(script: string): Parameters<TestSite["serve"]>[1] {
  return {
    html: `<!doctype html><html lang="en"><head><title>A shop</title></head><body>${script}</body></html>`,
    headers: {},
  };
}

/** The script, and the hash of its release in file names. */
async function readLoader(house: House): Promise<{ code: string; release: string }> {
  const code = await (await fetch(`${house.bff.url}/widget.js`)).text();
  const release = /assets\/\$\{\w+\}-([\w-]{6})\.js/.exec(code)?.[1];
  if (release === undefined) throw new Error("the script names no release");
  return { code, release };
}

/** The pinnable copy of the script, taken from the build's list as a site owner would. */
async function readPinnedLoader(house: House): Promise<{ path: string; integrity: string }> {
  const answer = await fetch(`${house.bff.url}/manifest.json`);
  const manifest = (await answer.json()) as Record<string, { integrity: string }>;
  const [path, file] = Object.entries(manifest).find(([name]) => name.startsWith("assets/widget-")) ?? [];
  if (!file) throw new Error("the build lists no copy of the script under a hash");
  return { path: `/${path}`, integrity: file.integrity };
}
