import { expect, type Locator, type Page } from "@playwright/test";

/**
 * The widget as its user meets it: by role, name and the documented attributes, and by nothing else. Playwright looks
 * through open shadow roots.
 */
export interface ChatPage {
  readonly page: Page;
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly history: Locator;
  readonly composer: Locator;
  readonly sendButton: Locator;
  /** Every message of the history, the welcome text left out. */
  readonly messages: Locator;
  message(text: string): Locator;
  /** Goes to a page that carries the widget. */
  goto(url: string): Promise<void>;
  openPanel(): Promise<void>;
  /** Types a text and sends it; resolves when it stands in the history, in whatever state. */
  send(text: string): Promise<void>;
  /** What each message shows, its time included, in order. */
  texts(): Promise<readonly string[]>;
}

/** @param title what the site calls its chat */
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
      // In a conversation the panel may open by itself after a reload, just before the click or behind it.
      await expect(async () => {
        // Its name tells at once; the panel fades in and out.
        if (/^Open/.test((await launcher.getAttribute("aria-label")) ?? "")) await launcher.click();
        await panel.waitFor({ timeout: 1_000 });
        // A click that came behind the opening has closed it.
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
