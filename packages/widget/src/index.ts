export type {
  ChatWidget,
  ChatWidgetEvents,
  ChatWidgetListener,
  ChatWidgetState,
} from "./chat-widget.ts";
export { createChatWidget } from "./create-chat-widget.ts";
export type { PluralForms, Strings } from "./locales/strings.ts";
export type { ChatWidgetOptions } from "./widget-options.ts";
