import type { PanelStrings } from "./strings.ts";

/** English travels with the panel. */
export const en: PanelStrings = {
  openChat: "Open chat",
  openUnread: { one: "Open chat, {n} unread message", other: "Open chat, {n} unread messages" },
  closeChat: "Close chat",
  minimise: "Minimise",
  more: "More options",
  title: "Chat",
  online: "Online",
  away: "Away",
  conversation: "Conversation",
  you: "You",
  team: "Support",
  message: "Message",
  placeholder: "Write a message…",
  send: "Send",
  sending: "Sending…",
  sent: "Sent",
  waiting: "Waiting to send",
  failed: "Not sent",
  retry: "Retry",
  discard: "Discard",
  unreadLine: "New",
  awayNotice: "We’re away. Leave us a message.",
  reconnecting: "Connection lost. Reconnecting…",
};
