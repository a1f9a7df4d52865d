import type { Page } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

// Keyboard users keep their position when the focused element is removed.

/** The BFF's response to the next text. */
async function refuseNext(page: Page, status: number, code: string): Promise<void> {
  await page.route(
    "**/submit",
    (route) =>
      route.fulfill({
        status,
        contentType: "application/problem+json",
        headers: { "access-control-allow-origin": "*" },
        body: JSON.stringify({ type: "about:blank", title: code, status, code, requestId: "1" }),
      }),
    { times: 1 },
  );
}

for (const name of ["Retry", "Discard"]) {
  test(`${name} moves the focus to the text box`, async ({ chat, house }) => {
    const { page } = chat;
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await refuseNext(page, 400, "invalid_request");
    await chat.send("Not at first");
    await chat.panel.getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
    await expect(chat.messages.and(page.locator("[data-state=failed]"))).toHaveCount(0);
    await expect(chat.composer).toBeFocused();
  });
}

test("the button to new messages moves the focus to the text box", async ({ chat, house }) => {
  const text = `For the pill\n${"line\n".repeat(60)}end`;
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send(text);
  // The panel scrolls to the visitor's own message, and again when it is confirmed.
  await expect(chat.message("For the pill")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, text);
  await expect(async () => {
    const scrollTop = await chat.history.evaluate(async (log) => {
      log.scrollTop = 0;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return log.scrollTop;
    });
    expect(scrollTop).toBe(0);
  }).toPass();
  await house.postReply(session, "News");
  await chat.panel.getByRole("button", { name: "New messages" }).focus();
  await chat.page.keyboard.press("Enter");
  await expect(chat.panel.getByRole("button", { name: "New messages" })).toHaveCount(0);
  await expect(chat.composer).toBeFocused();
});

test("the focus moves from the text box to the button for a new conversation, and back", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("The last one");
  await expect(chat.messages).toHaveAttribute("data-state", "sent");
  await refuseNext(chat.page, 409, "session_closed");
  await chat.composer.fill("Too late");
  await chat.composer.press("Enter");
  const startNew = chat.panel.getByRole("button", { name: "Start a new conversation" });
  await expect(startNew).toBeFocused();
  await expect(startNew).toHaveAccessibleDescription("This conversation has ended.");
  await chat.page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();
  await expect(chat.composer).toHaveValue("Too late");
});

test("Escape returns the focus to the page's button that opened the panel, or else to the launcher", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  await page.evaluate(() => {
    const { MailooChat } = window as unknown as { MailooChat: { open(): void } };
    document.querySelector("button")?.addEventListener("click", () => MailooChat.open());
  });
  const own = page.getByRole("button", { name: "Buy" });
  for (const back of [own, chat.launcher]) {
    await own.focus();
    await page.keyboard.press("Enter");
    await expect(chat.composer).toBeFocused();
    if (back !== own) {
      await own.evaluate((button) => {
        button.style.display = "none";
      });
    }
    await page.keyboard.press("Escape");
    await expect(chat.panel).toBeHidden();
    await expect(back).toBeFocused();
  }
  await chat.launcher.focus();
  await page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.launcher).toBeFocused();
});

test("Tab leaves and closes the menu, and stays within its confirmation question", async ({
  chat,
  house,
}) => {
  const { page, panel } = chat;
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("Hello");
  const more = panel.getByRole("button", { name: "More options" });
  for (const [key, next] of [
    ["Tab", panel.getByRole("button", { name: "Minimise" })],
    ["Shift+Tab", chat.launcher],
  ] as const) {
    await more.press("Enter");
    await expect(panel.getByRole("menuitem").first()).toBeFocused();
    await page.keyboard.press(key);
    await expect(panel.getByRole("menu")).toBeHidden();
    await expect(next).toBeFocused();
  }
  await more.press("Enter");
  await panel.getByRole("menuitem", { name: "End conversation" }).press("Enter");
  for (const [key, name] of [
    ["Tab", "End conversation"],
    ["Tab", "Cancel"],
    ["Shift+Tab", "End conversation"],
  ] as const) {
    await page.keyboard.press(key);
    await expect(panel.getByRole("alertdialog").getByRole("button", { name })).toBeFocused();
  }
});
