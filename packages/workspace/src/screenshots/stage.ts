import type { Page } from "@playwright/test";

/** Actions of the visitor and the owner, shared by the scenes. */
export interface Stage {
  open(page: Page, launcher?: string, textBox?: string): Promise<void>;
  send(page: Page, text: string, textBox?: string): Promise<void>;
  /** As the owner, in the newest session, once the visitor's message is there. */
  reply(page: Page, content: string): Promise<void>;
}

/** The local Mailoo's development seed. */
const INTEGRATION = "mailoo_dev_chat_integration";
const OWNER = { authorization: "Bearer mailoo-dev-owner-token", "content-type": "application/json" };

export function createStage(sandbox: string): Stage {
  const dashboard = `${sandbox}/api/v1/chat/${INTEGRATION}/sessions`;

  return {
    async open(page, launcher = "Open chat", textBox = "Message") {
      await page.getByRole("button", { name: launcher }).click();
      await page.getByRole("textbox", { name: textBox }).or(page.locator("form")).first().waitFor();
      await page.locator('[data-message-id="welcome"]').waitFor();
    },
    async send(page, text, textBox = "Message") {
      await page.getByRole("textbox", { name: textBox }).fill(text);
      await page.getByRole("textbox", { name: textBox }).press("Enter");
      await page.getByText(text).waitFor();
    },
    async reply(page, content) {
      await page.locator('[data-author="visitor"][data-state="sent"]').first().waitFor();
      const sessionId = newestSessionId(await (await fetch(dashboard, { headers: OWNER })).json());
      const answer = await fetch(`${dashboard}/${sessionId}/reply`, {
        method: "POST",
        headers: OWNER,
        body: JSON.stringify({ content }),
      });
      if (!answer.ok) throw new Error(`the owner's reply was answered ${answer.status}`);
    },
  };
}

/** The dashboard lists the newest first. */
function newestSessionId(answer: unknown): string {
  const list = Array.isArray(answer) ? answer : Object.values(answer ?? {}).find(Array.isArray);
  const id: unknown = list?.[0]?.sessionPublicId;
  if (typeof id !== "string") throw new Error(`no session in ${JSON.stringify(answer)}`);
  return id;
}
