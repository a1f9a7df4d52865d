import { expect, type Locator, type Page } from "@playwright/test";

/**
 * The widget as its user finds it: only by role, name and the documented attributes. Playwright's locators pierce
 * open shadow roots.
 */
export interface ChatPage {
  readonly page: Page;
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly history: Locator;
  readonly composer: Locator;
  readonly sendButton: Locator;
  /** Every message of the history except the welcome text. */
  readonly messages: Locator;
  message(text: string): Locator;
  /** Opens a page with the widget. */
  goto(url: string): Promise<void>;
  openPanel(): Promise<void>;
  /** Types a text and sends it; resolves when the history shows it, in any state. */
  send(text: string): Promise<void>;
  /** The visible text of each message, including its time, in order. */
  texts(): Promise<readonly string[]>;
}

/** @param title the site's title for the chat */
export function createChatPage(page: Page, title = "Chat"): ChatPage {
  const panel = page.getByRole("dialog", { name: title });
  const history = panel.getByRole("log");
  const composer = panel.getByRole("textbox", { name: "Message" });
  const messages = history.locator('[data-message-id]:not([data-message-id="welcome"])');
  const launcher = page.getByRole("button", { name: /^(Open|Close) chat/ });
  const message = (text: string) => messages.filter({ hasText: text });
  return {
    page,
    launcher,
    panel,
    history,
    composer,
    sendButton: panel.getByRole("button", { name: "Send", exact: true }),
    messages,
    message,
    async goto(url) {
      await page.goto(url);
      await launcher.waitFor();
    },
    async openPanel() {
      // In a conversation the panel may reopen after a reload, just before or after the click.
      await expect(async () => {
        // The launcher's name changes at once, while the panel fades.
        if (/^Open/.test((await launcher.getAttribute("aria-label")) ?? "")) await launcher.click();
        await panel.waitFor({ timeout: 1_000 });
        // A click after the panel had reopened has closed it.
        await expect(page.getByRole("button", { name: /^Open chat/ })).toBeHidden({ timeout: 1_000 });
      }).toPass();
    },
    async send(text) {
      await composer.fill(text);
      await composer.press("Enter");
      await message(text).last().waitFor();
    },
    texts: () => messages.evaluateAll((elements) => elements.map((element) => element.textContent ?? "")),
  };
}
