import type { Locator, Page } from "@playwright/test";

/** The owner's console, as its user finds it. */
export interface ConsolePage {
  readonly page: Page;
  readonly history: Locator;
  open(sandboxUrl: string): Promise<void>;
  chooseIntegration(name: string): Promise<void>;
  /** Opens the conversation with that text as its last message. */
  choose(text: string): Promise<void>;
  reply(text: string): Promise<void>;
  /** Opens the conversation whose last message is the first text, and replies with the second. */
  answer(text: string, reply: string): Promise<void>;
}

export function createConsolePage(page: Page): ConsolePage {
  const conversations = page.getByRole("navigation", { name: "Conversations" });
  const composer = page.getByRole("textbox", { name: "Reply" });
  async function choose(text: string): Promise<void> {
    await conversations.getByRole("button").filter({ hasText: text }).click();
    await composer.waitFor();
  }
  async function reply(text: string): Promise<void> {
    await composer.fill(text);
    await composer.press("Enter");
  }
  return {
    page,
    history: page.getByRole("log"),
    async open(sandboxUrl) {
      await page.goto(`${sandboxUrl}/`);
      await conversations.waitFor();
    },
    async chooseIntegration(name) {
      const picker = page.getByRole("combobox", { name: "Integration" });
      const option = picker.getByRole("option").filter({ hasText: name });
      await picker.selectOption(await option.getAttribute("value"));
    },
    choose,
    reply,
    async answer(text, replied) {
      await choose(text);
      await reply(replied);
    },
  };
}
