import type { Page } from "@playwright/test";
import { STATES } from "./accessibility-states.ts";
import { expect, test } from "./chat-test.ts";
import { createConsolePage } from "./console-page.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";
import { expectNoViolation } from "./violations.ts";

test("[A11Y-2] a visitor holds a whole conversation by keyboard alone", async ({ chat, house }) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  await tabTo(page, /^Open chat/);
  await page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();

  await page.keyboard.type("First line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await expect(chat.message("First line")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "First line\nsecond line");
  house.sandbox.reply(session, "I hear you");
  await chat.message("I hear you").waitFor();

  await page.keyboard.type("By the button");
  await tabTo(page, /^Send$/);
  await page.keyboard.press("Space");
  await expect(chat.message("By the button")).toHaveAttribute("data-state", "sent");
  await page.keyboard.press("Escape");
  await expect(chat.panel).toBeHidden();
  await expect(chat.launcher).toBeFocused();
});

test("the accessibility tree contains everything that is visible", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("What is this?");
  await expect(chat.message("What is this?")).toHaveAttribute("data-state", "sent");
  await expect(chat.panel).toHaveAccessibleName("Chat");
  await expect(chat.history).toHaveCount(1);
  await expect(chat.composer).toHaveCount(1);
  await expect(chat.sendButton).toHaveCount(1);
  await expect(chat.page.getByRole("button", { name: "Close chat" })).toHaveCount(1);
  await expect(chat.panel.getByRole("button", { name: "Minimise" })).toHaveCount(1);
  const welcome = chat.history.locator('[data-message-id="welcome"]');
  await expect(welcome).toHaveAttribute("data-author", "system");
  await expect(welcome).toContainText(house.welcomeMessage);
  await expect(chat.panel).toMatchAriaSnapshot(`
    - dialog "Chat":
      - heading "Chat" [level=2]
      - button "More options"
      - button "Minimise"
      - status
      - log "Conversation":
        - paragraph: ${house.welcomeMessage}
        - text: You
        - paragraph: What is this?
        - time: /\\d+:\\d+/
        - text: Sent
      - textbox "Message"
      - button "Send" [disabled]
  `);
});

const LOOKS = [
  { look: "light on a desktop", colorScheme: "light", width: 1280, height: 800 },
  { look: "dark on a phone", colorScheme: "dark", width: 390, height: 844 },
] as const;

for (const { look, colorScheme, width, height } of LOOKS) {
  test(`[A11Y-3] the widget violates no accessibility rule: ${look}`, async ({ chat, house }) => {
    await chat.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await chat.page.setViewportSize({ width, height });
    await chat.goto(house.pageUrl);
    await expectNoViolation(chat.page);
    await chat.openPanel();
    await expectNoViolation(chat.page);
    const text = `Looking ${look}`;
    await chat.send(text);
    await expect(chat.message(text)).toHaveAttribute("data-state", "sent");
    house.sandbox.reply(await theSessionOf(house.sandbox, text), "See https://example.com/sizes");
    await chat.message("See https").waitFor();
    await expectNoViolation(chat.page);
  });
}

for (const [state, bring] of Object.entries(STATES)) {
  test(`[A11Y-3] the widget violates no accessibility rule, light or dark: ${state}`, async ({
    chat,
    house,
  }) => {
    await chat.page.emulateMedia({ reducedMotion: "reduce" });
    await bring(chat, house);
    await expectNoViolation(chat.page);
    await chat.page.emulateMedia({ colorScheme: "dark" });
    await expectNoViolation(chat.page, ["color-contrast"]);
  });
}

for (const { look, colorScheme, width, height } of LOOKS) {
  test(`[A11Y-3] the console violates no accessibility rule: ${look}`, async ({ page, house }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height });
    const text = `For the owner ${look}`;
    house.sandbox.send(text);
    const owner = createConsolePage(page);
    await owner.open(house.sandbox.url);
    await expectNoViolation(page);
    await owner.choose(text);
    await owner.reply("Seen");
    await expect(owner.history).toContainText("Seen");
    await expectNoViolation(page);
  });
}

test("on a phone the panel fills the screen", async ({ chat, house }) => {
  await chat.page.setViewportSize({ width: 390, height: 844 });
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await expect
    .poll(async () => await chat.panel.boundingBox())
    .toEqual({ x: 0, y: 0, width: 390, height: 844 });
  await chat.send("From the bus");
  await expect(chat.message("From the bus")).toHaveAttribute("data-state", "sent");
});

test("on a right-to-left page the widget reads from right to left", async ({ chat, house }) => {
  const url = house.site.serve(
    "/rtl",
    toPageWithWidget(house.bff.url, { htmlAttributes: 'lang="he" dir="rtl"' }),
  );
  await chat.page.goto(url);
  // The launcher's name is in the page's language.
  await chat.page.locator("[part~=launcher]").click();
  const panel = chat.page.getByRole("dialog");
  await panel.getByRole("textbox").fill("שלום");
  await panel.getByRole("textbox").press("Enter");
  const message = panel.getByRole("log").locator('[data-author="visitor"]');
  await expect(message).toHaveAttribute("data-state", "sent");
  expect(await panel.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
});

/** Presses Tab until the control with that name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    const control = page.getByRole("button", { name }).and(page.locator(":focus"));
    if ((await control.count()) > 0) return;
  }
  throw new Error(`no press of Tab reaches ${name}`);
}
