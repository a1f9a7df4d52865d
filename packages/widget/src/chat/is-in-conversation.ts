import type { ChatState } from "../client/chat-client.ts";

/** Whether somebody has written. A first text that is on its way counts. */
export function isInConversation({ hasSession, timeline }: ChatState): boolean {
  return hasSession || timeline.length > 0;
}
