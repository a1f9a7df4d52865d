import type { Sandbox } from "@mailoo-chat/sandbox";
import { expect } from "@playwright/test";
import type { ChatPage } from "../chat-page.ts";
import { theSessionOf } from "../the-session-of.ts";

/** Checks what every example must do: the owner receives a message and the visitor the reply. @returns the session */
export async function converse(chat: ChatPage, sandbox: Sandbox, text: string): Promise<string> {
  await chat.send(text);
  await expect(chat.message(text)).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(sandbox, text);
  sandbox.reply(session, `An answer to: ${text}`);
  await expect(chat.message(`An answer to: ${text}`)).toHaveAttribute("data-author", "owner");
  return session;
}
