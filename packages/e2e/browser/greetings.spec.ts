import type { Page } from "@playwright/test";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Greetings by rule: each trigger with a real clock, mouse and wheel, and the cases without a greeting.

const LONG = `<style>main { height: 4000px }</style>`;

function serve(house: House, path: string, greetings: readonly object[], attributes = ""): string {
  const json = JSON.stringify(greetings);
  return house.site.serve(
    path,
    toPageWithWidget(house.bff.url, { attributes: `data-greetings='${json}' ${attributes}`, head: LONG }),
  );
}

const bubble = (page: Page) => page.locator(".teaser");

/** Waits until the greeting rules have loaded, and checks that nothing else has. */
async function untilRulesLoaded(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => name.includes("/assets/page-options-")),
  );
}

test("a greeting appears after its delay and, once dismissed, not again, even after a reload", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await page.clock.install();
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  const isRequested = (name: string) => requested.some((url) => url.includes(`/assets/${name}-`));
  const forHalfAMinute = async () => {
    await page.clock.runFor(30_000);
    await expect(bubble(page)).toHaveText("Can we help?", { timeout: 1_000 });
  };
  await chat.goto(serve(house, "/seconds", [{ id: "help", text: "Can we help?", afterSeconds: 30 }]));
  await expect.poll(() => isRequested("page-options")).toBe(true);
  await page.clock.runFor(10_000);
  await expect(bubble(page)).toHaveCount(0);
  expect(isRequested("core")).toBe(false);
  await expect(forHalfAMinute).toPass();
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(bubble(page)).toHaveCount(0);
  await expect(chat.launcher).toBeFocused();
  requested.length = 0;
  await page.reload();
  await expect.poll(() => isRequested("page-options")).toBe(true);
  await chat.launcher.hover();
  await page.locator("[part~=launcher] > *").waitFor({ state: "attached" });
  await page.clock.runFor(60_000);
  await expect(bubble(page)).toHaveCount(0);
});

test("a greeting appears at its scroll depth, a click opens the panel with it, and the owner answers the visitor's reply", async ({
  chat,
  house,
  owner,
}) => {
  const { page } = chat;
  await chat.goto(serve(house, "/depth", [{ id: "deep", text: "You read a lot", scrollPercent: 60 }]));
  await untilRulesLoaded(page);
  await page.mouse.move(300, 300);
  await page.mouse.wheel(0, 1500);
  await expect.poll(() => page.evaluate("scrollY")).toBe(1500);
  await expect(bubble(page)).toHaveCount(0);
  await page.mouse.wheel(0, 1500);
  await bubble(page).getByRole("button", { name: "You read a lot" }).click();
  await expect(chat.history.locator('[data-message-id="welcome"]')).toHaveText("You read a lot");
  await expect(chat.panel.getByRole("textbox")).toBeFocused();
  await chat.send("I do read");
  await expect(chat.message("I do read")).toHaveAttribute("data-state", "sent");
  await owner.answer("I do read", "A book?");
  await expect(chat.message("A book?")).toBeVisible();
  await expect(chat.history.locator('[data-message-id="welcome"]')).toHaveText("You read a lot");
});

test("a greeting appears when the mouse leaves at the top, but not at a side", async ({ chat, house }) => {
  const { page } = chat;
  await chat.goto(serve(house, "/exit", [{ id: "exit", text: "Before you go", exitIntent: true }]));
  await untilRulesLoaded(page);
  await page.mouse.move(300, 300);
  await page.mouse.move(-5, 300);
  await page.mouse.move(300, 300);
  await page.mouse.move(300, 2);
  await page.mouse.move(300, 300);
  await expect(bubble(page)).toHaveCount(0);
  await page.mouse.move(300, -5);
  await expect(bubble(page)).toHaveText("Before you go");
});

test("a page that changes its path without a load shows that path's greeting, except where the widget is hidden", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  const greetings = [
    { id: "prices", text: "Questions about prices?", path: "/pricing*" },
    { id: "any", text: "Not here", path: "/checkout" },
  ];
  await chat.goto(serve(house, "/app", greetings, 'data-hide-on="/checkout"'));
  await page.evaluate('history.pushState({}, "", "/checkout")');
  await expect(chat.launcher).toBeHidden();
  await expect(bubble(page)).toHaveCount(0);
  await page.evaluate('history.pushState({}, "", "/pricing/teams")');
  await expect(bubble(page)).toHaveText("Questions about prices?");
  await page.evaluate('history.pushState({}, "", "/app")');
  await expect(bubble(page)).toHaveCount(0);
});

test("a call made before the load shows a greeting by its id, but not in a conversation", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await page.addInitScript(`
    window.MailooChat = function () { (MailooChat.q = MailooChat.q || []).push(arguments); };
    MailooChat("greet", "cart");
  `);
  const url = serve(house, "/cart", [{ id: "cart", text: "Is something missing?" }]);
  await chat.goto(url);
  await expect(bubble(page)).toHaveText("Is something missing?");
  await chat.openPanel();
  await chat.send("No");
  await expect(chat.message("No")).toHaveAttribute("data-state", "sent");
  await page.evaluate(
    `for (const key of Object.keys(localStorage)) if (key.includes("#greeting")) localStorage.removeItem(key)`,
  );
  await page.reload();
  await untilRulesLoaded(page);
  await page.evaluate("MailooChat.close()");
  await page.evaluate('MailooChat("greet", "cart")');
  await expect(chat.launcher).toHaveAccessibleName("Open chat");
  await expect(bubble(page)).toHaveCount(0);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true });

  test("a greeting is a dot on the launcher, covers nothing, and is shown in the panel", async ({
    chat,
    house,
  }) => {
    const { page } = chat;
    const greetings = [{ id: "phone", text: "Can we help?", afterSeconds: 0, open: true }];
    await chat.goto(serve(house, "/phone", greetings));
    const dot = page.locator("[part~=launcher] > .badge");
    await expect(dot).toBeVisible();
    await expect(dot).toHaveCSS("width", "14px");
    await expect(bubble(page)).toBeHidden();
    await expect(chat.panel).toBeHidden();
    await chat.launcher.tap();
    await expect(chat.history.locator('[data-message-id="welcome"]')).toHaveText("Can we help?");
    await chat.panel.getByRole("button", { name: "Minimise" }).tap();
    await expect(dot).toBeHidden();
    await page.reload();
    await chat.launcher.tap();
    await expect(chat.history.locator('[data-message-id="welcome"]')).toHaveText(house.welcomeMessage);
  });
});

test.describe("on a tablet", () => {
  test.use({ viewport: { width: 1000, height: 700 }, hasTouch: true, isMobile: true });

  test("no exit intent is detected, and a greeting shown by a call is a bubble", async ({ chat, house }) => {
    const { page } = chat;
    const greetings = [
      { id: "exit", text: "Before you go", exitIntent: true },
      { id: "call", text: "Can we help?" },
    ];
    await chat.goto(serve(house, "/tablet", greetings));
    await untilRulesLoaded(page);
    await page.mouse.move(300, 300);
    await page.mouse.move(300, -5);
    await page.evaluate('MailooChat("greet", "call")');
    await expect(bubble(page)).toHaveText("Can we help?");
  });
});
