import type { Page } from "@playwright/test";
import { startBff } from "../src/servers/start-bff.ts";
import { createChatPage } from "./chat-page.ts";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget, type WidgetPageOptions } from "./page-with-widget.ts";

// The panel on difficult pages and screens.

async function startBffWithPreChat({ sandbox, site }: House) {
  return startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [site.origin],
    env: { MAILOO_CHAT_PRE_CHAT: "name,email:required" },
  });
}

test("the form and the composer work on a page sandboxed without allow-forms", async ({ page, house }) => {
  await using bff = await startBffWithPreChat(house);
  const sandboxed: WidgetPageOptions = {
    headers: { "content-security-policy": "sandbox allow-scripts allow-same-origin" },
  };
  const chat = createChatPage(page);
  await chat.goto(house.site.serve("/sandboxed", toPageWithWidget(bff.url, sandboxed)));
  await chat.openPanel();
  await chat.panel.getByRole("textbox", { name: "Email" }).fill("josé@example.com");
  await chat.panel.getByRole("button", { name: "Start chat" }).click();
  await chat.composer.fill("By the button");
  await chat.sendButton.click();
  await expect(chat.message("By the button")).toHaveAttribute("data-state", "sent");
  const visitors = house.sandbox.sessions().map(({ visitorEmail }) => visitorEmail);
  expect(visitors).toContain("josé@example.com");
});

test("the focus ring of a field does not cover its error", async ({ page, house }) => {
  await using bff = await startBffWithPreChat(house);
  const chat = createChatPage(page);
  await chat.goto(house.site.serve("/ring", toPageWithWidget(bff.url)));
  await chat.openPanel();
  await chat.panel.getByRole("button", { name: "Start chat" }).click();
  const email = chat.panel.getByRole("textbox", { name: "Email" });
  await expect(email).toBeFocused();
  const bottom = await email.evaluate((input) => {
    const { outlineOffset, outlineWidth } = getComputedStyle(input);
    return input.getBoundingClientRect().bottom + parseFloat(outlineOffset) + parseFloat(outlineWidth);
  });
  const problem = await chat.panel.getByText("Please fill in this field.").boundingBox();
  expect(problem?.y).toBeGreaterThanOrEqual(bottom);
});

test("a visitor starts a new conversation after ending one if an email address is required", async ({
  page,
  house,
}) => {
  await using bff = await startBffWithPreChat(house);
  const chat = createChatPage(page);
  await chat.goto(house.site.serve("/asking", toPageWithWidget(bff.url)));
  await chat.openPanel();
  for (const text of ["The first", "The second"]) {
    await chat.panel.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
    await chat.panel.getByRole("button", { name: "Start chat" }).click();
    await chat.send(text);
    await expect(chat.message(text)).toHaveAttribute("data-state", "sent");
    await chat.panel.getByRole("button", { name: "More options" }).click();
    await chat.panel.getByRole("menuitem", { name: "End conversation" }).click();
    await chat.panel.getByRole("button", { name: "End conversation" }).click();
    await expect(chat.messages).toHaveCount(0);
  }
});

test("the history scrolls on a page that intercepts wheel and touch events", async ({ browser, house }) => {
  const greedy = `<script>for (const type of ["wheel", "touchmove"])
    addEventListener(type, (event) => event.preventDefault(), { passive: false });</script>`;
  const context = await browser.newContext({ hasTouch: true });
  const page = await context.newPage();
  const chat = house.chatOn(page);
  await chat.goto(house.site.serve("/greedy", toPageWithWidget(house.bff.url, { head: greedy })));
  await chat.openPanel();
  await chat.send(Array.from({ length: 80 }, (_, line) => `Line ${line}`).join("\n"));
  const top = () => chat.history.evaluate((log) => log.scrollTop);
  await expect.poll(top).toBeGreaterThan(500);
  const box = await chat.history.boundingBox();
  if (!box) throw new Error("no history");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];

  const before = await top();
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -200);
  await expect.poll(top).toBeLessThan(before - 100);

  const wheeled = await top();
  const devtools = await context.newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: { x: number; y: number }[]) =>
    devtools.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [{ x, y }]);
  for (let step = 1; step <= 10; step += 1) await touch("touchMove", [{ x, y: y + step * 15 }]);
  await touch("touchEnd", []);
  await expect.poll(top).toBeLessThan(wheeled - 50);
  await context.close();
});

test("a request to close, such as Back on Android, closes a panel that covers the screen", async ({
  chat,
  house,
}) => {
  await chat.page.setViewportSize({ width: 390, height: 844 });
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  // On a desktop, Escape requests a close, wherever the focus is.
  await chat.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await chat.page.keyboard.press("Escape");
  await expect(chat.panel).toBeHidden();
  await chat.openPanel();
});

for (const [width, height] of [
  [320, 256],
  [740, 175],
] as const) {
  test(`all controls are reachable on a screen of ${width} by ${height}`, async ({ page, house }) => {
    test.slow();
    await using bff = await startBffWithPreChat(house);
    await page.setViewportSize({ width, height });
    const chat = createChatPage(page);
    await chat.goto(house.site.serve(`/short-${width}`, toPageWithWidget(bff.url)));
    await chat.openPanel();
    const start = chat.panel.getByRole("button", { name: "Start chat" });
    await chat.panel.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
    await start.scrollIntoViewIfNeeded();
    await expectInside(page, start);
    await start.click();

    await chat.send("Hello");
    await chat.composer.fill("A text\nof\nmany\nlines,\nof\nwhich\nnot\nall\nfit");
    await expectInside(page, chat.composer);
    await expectInside(page, chat.sendButton);
    await chat.panel.getByRole("button", { name: "More options" }).click();
    const end = chat.panel.getByRole("menuitem", { name: "End conversation" });
    await end.scrollIntoViewIfNeeded();
    await expectInside(page, end);
  });
}

test("the panel keeps its open state across pages in a conversation, except on a phone", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.page.reload();
  await chat.launcher.hover();
  await chat.page.locator("[part~=launcher] > *").waitFor({ state: "attached" });
  await expect(chat.panel).toBeHidden();

  await chat.openPanel();
  await chat.send("Hello");
  await expect(chat.message("Hello")).toHaveAttribute("data-state", "sent");
  await chat.page.goto(`${house.site.origin}/second`);
  await expect(chat.panel).toBeVisible();
  await expect(chat.message("Hello")).toBeVisible();

  await chat.page.setViewportSize({ width: 390, height: 844 });
  await chat.page.reload();
  await chat.page.locator("[part~=launcher] > *").waitFor({ state: "attached" });
  await expect(chat.panel).toBeHidden();
});

test("text on a light accent is dark, also with the page's own launcher", async ({ page, house }) => {
  const chat = house.chatOn(page);
  const options = { attributes: 'data-launcher="#buy" data-accent="oklch(0.9 0.15 100)"' };
  await page.goto(house.site.serve("/light", toPageWithWidget(house.bff.url, options)));
  await page.evaluate(() => (window as unknown as { MailooChat: { open(): void } }).MailooChat.open());
  await chat.composer.fill("Hello");
  await expect(chat.sendButton).toHaveCSS("color", "lch(0 0 0)");
});

test("a double-click on the launcher opens the panel", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.launcher.dblclick();
  await expect(chat.panel).toBeVisible();
  await chat.composer.fill("still open");
});

/** Once animations have ended. */
function expectInside(page: Page, target: ReturnType<Page["locator"]>): Promise<void> {
  return expect(async () => {
    const size = page.viewportSize();
    const box = await target.boundingBox();
    if (!size || !box) throw new Error("not rendered");
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(size.width);
    expect(box.y + box.height).toBeLessThanOrEqual(size.height);
  }).toPass({ timeout: 5_000 });
}

test("wheel and touch on the panel never scroll the page behind it", async ({ browser, house }) => {
  const context = await browser.newContext({ hasTouch: true });
  const page = await context.newPage();
  const chat = house.chatOn(page);
  const head = "<style>main { height: 5000px }</style>";
  await chat.goto(house.site.serve("/long", toPageWithWidget(house.bff.url, { head })));
  await chat.openPanel();
  const devtools = await context.newCDPSession(page);
  for (const part of [chat.panel.getByRole("heading"), chat.history, chat.composer]) {
    const box = await part.boundingBox();
    if (!box) throw new Error("not shown");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, 300);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: { x: number; y: number }[]) =>
      devtools.send("Input.dispatchTouchEvent", { type, touchPoints });
    await touch("touchStart", [{ x, y }]);
    for (let step = 1; step <= 10; step += 1) await touch("touchMove", [{ x, y: y - step * 15 }]);
    await touch("touchEnd", []);
  }
  // The page would scroll only after all of these events.
  await page.mouse.move(10, 10);
  await page.mouse.wheel(0, 100);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(100);
  await context.close();
});

for (const [width, height] of [
  [390, 844],
  [1280, 720],
] as const) {
  test(`header and composer are reachable on a page with CSS zoom, at ${width} by ${height}`, async ({
    chat,
    house,
  }) => {
    await chat.page.setViewportSize({ width, height });
    for (const zoom of [0.8, 1.2, 1.6]) {
      const head = `<style>html { zoom: ${zoom} }</style>`;
      await chat.goto(
        house.site.serve(`/zoomed-${width}-${zoom}`, toPageWithWidget(house.bff.url, { head })),
      );
      await chat.openPanel();
      const controls = [chat.panel.getByRole("button", { name: "Minimise" }), chat.composer, chat.sendButton];
      for (const control of controls) await expect(control).toBeInViewport({ ratio: 1 });
    }
  });
}

test("startOpen does not open the panel on a phone", async ({ chat, house }) => {
  await chat.page.setViewportSize({ width: 390, height: 844 });
  const attributes = "data-start-open";
  await chat.goto(house.site.serve("/start-open", toPageWithWidget(house.bff.url, { attributes })));
  const core = await chat.page.waitForFunction(
    "document.querySelector('mailoo-chat-widget').shadowRoot.querySelector('.root') && MailooChat.state",
  );
  expect(await core.jsonValue()).toMatchObject({ open: false });
  await expect(chat.panel).toBeHidden();
  await chat.openPanel();
});

test("the panel fades in each time it opens, except with reduced motion", async ({ chat, house }) => {
  const { page } = chat;
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    await page.emulateMedia({ reducedMotion });
    await chat.goto(house.pageUrl);
    const faded = await page.evaluateHandle(() => {
      const parts: (string | null)[] = [];
      document.querySelector("mailoo-chat-widget")?.shadowRoot?.addEventListener("transitionrun", (event) => {
        const { propertyName, target } = event as TransitionEvent;
        if (propertyName === "opacity") parts.push((target as Element).getAttribute("part"));
      });
      return parts;
    });
    await chat.openPanel();
    // The event is emitted with a frame.
    await page.evaluate(
      () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))),
    );
    expect((await faded.jsonValue()).includes("panel")).toBe(reducedMotion === "no-preference");
  }
});

test("the send button is inside the text box, also for touch and on a low screen", async ({
  browser,
  house,
}) => {
  for (const hasTouch of [true, false]) {
    const context = await browser.newContext({ hasTouch, isMobile: hasTouch });
    const page = await context.newPage();
    const chat = house.chatOn(page);
    for (const height of [844, 390]) {
      await page.setViewportSize({ width: 844, height });
      await chat.goto(house.pageUrl);
      await chat.openPanel();
      await chat.composer.fill("Hello");
      const around = await page.locator(".composer").boundingBox();
      const send = await chat.sendButton.boundingBox();
      if (!around || !send) throw new Error("not shown");
      expect(send.y).toBeGreaterThanOrEqual(around.y);
      expect(send.y + send.height).toBeLessThanOrEqual(around.y + around.height);
    }
    await context.close();
  }
});

test("a suggestion of one long word stays within the panel", async ({ chat, house }) => {
  const text = "Donaudampfschifffahrtsgesellschaftskapitänsmützenhersteller?";
  const attributes = `data-suggestions='["${text}"]'`;
  await chat.goto(house.site.serve("/long-word", toPageWithWidget(house.bff.url, { attributes })));
  await chat.openPanel();
  const button = await chat.panel.getByRole("button", { name: text }).boundingBox();
  const around = await chat.panel.boundingBox();
  if (!button || !around) throw new Error("not shown");
  expect(button.x + button.width).toBeLessThanOrEqual(around.x + around.width - 16);
});

test("labels beside a failed message are not cut off but wrap", async ({ chat, house }) => {
  const { page } = chat;
  await page.route("**/submit", (route) => route.fulfill({ status: 400, body: "{}" }));
  const attributes = 'data-locale="nl"';
  await page.goto(house.site.serve("/nl", toPageWithWidget(house.bff.url, { attributes })));
  await page.evaluate("MailooChat.open()");
  await page.getByRole("textbox", { name: "Bericht" }).fill("Hallo");
  await page.keyboard.press("Enter");
  const discard = page.getByRole("button", { name: "Verwijderen" });
  const [one, other] = await Promise.all([
    discard.boundingBox(),
    page.getByRole("button", { name: "Opnieuw proberen" }).boundingBox(),
  ]);
  expect(other?.height).toBe(one?.height);
});
