export type { ChatMessage, ContextValues } from "@mailoo-chat/protocol";
export {
  type FormattedBlock,
  type FormattedInline,
  type FormattedItem,
  type FormattedLink,
  type FormattedList,
  parseFormatting,
} from "../formatting/parse-formatting.ts";
export { toPlainText } from "../formatting/to-plain-text.ts";
export { toStorageKey } from "../launcher/stored-keys.ts";
export type { AskedField } from "./asked-fields.ts";
export type { BrowserWindow } from "./browser.ts";
export type {
  ChatClient,
  ChatErrorCode,
  ChatNotice,
  ChatState,
  ConnectionState,
  DeliveryState,
  EndReason,
  TimelineEntry,
  TransportName,
} from "./chat-client.ts";
export { ChatError } from "./chat-error.ts";
export { type ContextSource, createContext } from "./context.ts";
export type { ChatClientOptions } from "./create-client.ts";
export { createChatClient } from "./create-headless-client.ts";
