import type { ChatWidget } from "../api/widget.ts";
import type { Running } from "./host-element.ts";

/** The page's own stub, which only queues, or what we put in its place: `MailooChat("open")`, `MailooChat.open()`. */
type Global = ((method: string, ...args: unknown[]) => unknown) &
  Partial<ChatWidget> & { q?: Parameters<Global>[] };

declare global {
  interface Window {
    MailooChat?: Global;
  }
}

/** Whether the global waits for a widget: the page has a stub or nothing, or the widget behind it was destroyed. */
export function isGlobalFree(): boolean {
  const current = window.MailooChat;
  return !current?.destroy || "q" in current;
}

/**
 * Replays the calls queued so far, in order, and answers every later call at once. After the widget is destroyed, calls
 * are queued again for the next one.
 */
export function becomeGlobal({ widget, destroyed }: Partial<Running> = {}): void {
  if (!widget) return;
  const before = window.MailooChat?.q ?? [];

  const call: Global = (method, ...args) => {
    if (call.q && method !== "destroy" && method !== "reset") {
      // A page may have kept this function, and another widget may have followed.
      if (window.MailooChat === call) call.q.push([method, ...args]);
      else window.MailooChat?.(method, ...args);
      return undefined;
    }
    const member: unknown = widget[method as keyof ChatWidget];
    return typeof member === "function" ? member(...args) : member;
  };

  destroyed?.addEventListener("abort", () => {
    call.q = [];
  });
  window.MailooChat = Object.defineProperties(call, Object.getOwnPropertyDescriptors(widget));
  for (const args of before) {
    try {
      call(...args);
    } catch (error) {
      reportError(error);
    }
  }
}
