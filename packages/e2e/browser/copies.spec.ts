import type { Page } from "@playwright/test";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// The widget's element may be a copy: pages are prerendered, saved, cloned and rewritten with it.

/** HTML of the page; `ID` is replaced by the element's id. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  "was prerendered": `<mailoo-chat-widget id="ID"></mailoo-chat-widget>`,
  "was saved with its shadow roots": `<mailoo-chat-widget id="ID"><template shadowrootmode="open"><div><button part="launcher" aria-label="Open chat">old</button></div></template></mailoo-chat-widget>`,
};

for (const [origin, html] of Object.entries(LEFTOVERS)) {
  test(`a page that ${origin} has one working launcher`, async ({ page, house }) => {
    const leftover = html.replace("ID", `mailoo-chat:${house.bff.baseUrl}`);
    const { html: plain } = toPageWithWidget(house.bff.url);
    await page.goto(house.site.serve("/leftover", { html: plain.replace("<main>", `${leftover}<main>`) }));
    await expectOneWorkingLauncher(page, house);
    await page.evaluate("MailooChat('close')");
    await expect(page.getByRole("button", { name: "Open chat" })).toBeVisible();
  });
}

for (const [part, clone] of [
  ["document", () => document.documentElement.replaceWith(document.documentElement.cloneNode(true))],
  ["body", () => document.body.replaceWith(document.body.cloneNode(true))],
] as const) {
  test(`a page whose whole ${part} is replaced by a clone keeps its widget`, async ({ page, house }) => {
    await page.goto(house.pageUrl);
    await page.getByRole("button", { name: "Open chat" }).waitFor();
    await page.evaluate(clone);
    await expectOneWorkingLauncher(page, house);
  });
}

test("a page rewritten by document.open() has the widget of its new script", async ({ page, house }) => {
  await page.goto(house.pageUrl);
  await page.getByRole("button", { name: "Open chat" }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox").fill("Before");
  await panel.getByRole("textbox").press("Enter");
  await expect(panel.locator("[data-author=visitor]")).toHaveAttribute("data-state", "sent");

  await page.evaluate(
    (html) => {
      document.open();
      document.write(html);
      document.close();
    },
    toPageWithWidget(house.bff.url, { attributes: 'data-locale="de"' }).html,
  );
  await page.getByRole("button", { name: "Chat öffnen" }).click();
  await expect(page.getByRole("dialog").getByText("Before")).toBeVisible();
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
  await page.evaluate("MailooChat.close()");
  await expect(page.getByRole("button", { name: "Chat öffnen" })).toBeVisible();
});

async function expectOneWorkingLauncher(page: Page, house: House): Promise<void> {
  await page.getByRole("button", { name: "Open chat" }).click();
  await expect(page.getByRole("dialog").getByText(house.welcomeMessage)).toBeVisible();
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
}
