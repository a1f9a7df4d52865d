import { bundleReactPage, RENDERED } from "../src/bundle-react-page.ts";
import { expect, type House, test } from "./chat-test.ts";

// Remix and others render the whole document with React, which expects to find exactly its own nodes.

for (const version of [18, 19] as const) {
  test(`React ${version} hydrates a whole document without a mismatch caused by the widget`, async ({
    chat,
    house,
  }) => {
    const { page } = chat;
    await chat.goto(await serveReactPage(house, version));
    await page.evaluate(
      "window.before = [document.documentElement, document.querySelector('main')]; hydrate('A shop')",
    );
    await page.getByRole("button", { name: "Bought 0" }).click();
    await expect(page.getByRole("button", { name: "Bought 1" })).toBeVisible();
    expect(await page.evaluate("recovered")).toEqual([]);
    expect(
      await page.evaluate(
        "before[0] === document.documentElement && before[1] === document.querySelector('main')",
      ),
    ).toBe(true);
    await chat.openPanel();
    await expect(chat.history).toContainText(house.welcomeMessage);
  });

  test(`the widget and a draft survive when React ${version} replaces a mismatched document`, async ({
    chat,
    house,
  }) => {
    const { page } = chat;
    await chat.goto(await serveReactPage(house, version));
    await chat.openPanel();
    await chat.composer.fill("half a thought");
    await page.evaluate("hydrate('Another shop')");
    await expect(page.getByRole("heading", { name: "Another shop" })).toBeVisible();
    expect(await page.evaluate("recovered.length")).toBeGreaterThan(0);
    await expect(chat.composer).toHaveValue("half a thought");
    await chat.composer.press("Enter");
    await expect(chat.message("half a thought")).toHaveAttribute("data-state", "sent");
  });
}

async function serveReactPage(house: House, version: 18 | 19): Promise<string> {
  const script = house.site.serve(`/react-${version}.js`, {
    html: await bundleReactPage(version),
    headers: { "content-type": "text/javascript; charset=utf-8" },
  });
  const scripts = `<script src="${house.bff.url}/widget.js"></script><script src="${script}"></script>`;
  return house.site.serve(`/react-${version}`, {
    html: `<!doctype html>${RENDERED}${scripts}</body></html>`,
  });
}
