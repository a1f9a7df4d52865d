import type { TestSite } from "../src/servers/start-test-site.ts";
import { expect, type House, test } from "./chat-test.ts";

test("a page from before an upgrade opens its chat, although the files of its release are gone", async ({
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

  // The core and the page's language, both under the names that stay.
  await expect(page.getByRole("dialog").getByRole("textbox", { name: "Nachricht" })).toBeVisible({
    timeout: 15_000,
  });
  expect(asked).toContain("404 /assets/core-0ld0ld.js");
  expect(asked).toContain("200 /v1/core.js");
  expect(asked).toContain("200 /v1/de.js");

  // What the core fetches later is there under a name that stays, too.
  await page.getByRole("button", { name: "Weitere Optionen" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
});

test("a page that pins the script by its hash has a chat, and no script where the hash is another's", async ({
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

test("the script stands under a path with the version, too, and asks the same server", async ({
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

/** The script, and the hash that it knows its release's files by. */
async function readLoader(house: House): Promise<{ code: string; release: string }> {
  const code = await (await fetch(`${house.bff.url}/widget.js`)).text();
  const release = /assets\/\$\{\w+\}-([\w-]{6})\.js/.exec(code)?.[1];
  if (release === undefined) throw new Error("the script names no release");
  return { code, release };
}

/** The copy of the script that a page can pin, found as a site owner finds it: in the build's list. */
async function readPinnedLoader(house: House): Promise<{ path: string; integrity: string }> {
  const answer = await fetch(`${house.bff.url}/manifest.json`);
  const manifest = (await answer.json()) as Record<string, { integrity: string }>;
  const [path, file] = Object.entries(manifest).find(([name]) => name.startsWith("assets/widget-")) ?? [];
  if (!file) throw new Error("the build lists no copy of the script under a hash");
  return { path: `/${path}`, integrity: file.integrity };
}
