export type { ChatWidgetOptions, Greeting } from "./api/options.ts";
export type {
  ChatWidget,
  ChatWidgetEvents,
  ChatWidgetListener,
  ChatWidgetState,
  ChatWidgetUpdate,
} from "./api/widget.ts";
export { createChatWidget } from "./create-chat-widget.ts";
export type { PluralForms, Strings } from "./i18n/strings.ts";
