import type { ChatWidget } from "../api/widget.ts";

/** The page's own stub, which only queues, or what we put in its place: `MailooChat("open")`, `MailooChat.open()`. */
type Global = ((method: string, ...args: unknown[]) => unknown) &
  Partial<ChatWidget> & { q?: Iterable<Parameters<Global>> };

declare global {
  interface Window {
    MailooChat?: Global;
  }
}

/** Whether the global waits for a widget: the page has a stub or nothing, or the widget behind it was destroyed. */
export function isGlobalFree(): boolean {
  const { MailooChat } = window;
  return !MailooChat?.destroy || "q" in MailooChat;
}

/**
 * Answers what the page has called so far, in order, and every later call at once. When the widget is destroyed, calls
 * are queued again for the next one.
 *
 * @param destroyed aborted when the widget is destroyed.
 */
export function becomeGlobal(widget: ChatWidget, destroyed: AbortSignal): void {
  const before = window.MailooChat?.q ?? [];
  const queue: Parameters<Global>[] = [];

  const call: Global = (method, ...args) => {
    if (destroyed.aborted && method !== "destroy" && method !== "reset") {
      // A page may have kept this function, and another widget may have followed.
      if (window.MailooChat === call) queue.push([method, ...args]);
      else window.MailooChat?.(method, ...args);
      return undefined;
    }
    const member: unknown = widget[method as keyof ChatWidget];
    return typeof member === "function" ? member(...args) : member;
  };

  destroyed.addEventListener("abort", () => {
    call.q = queue;
  });
  window.MailooChat = Object.defineProperties(call, Object.getOwnPropertyDescriptors(widget));
  for (const [method, ...args] of before) {
    try {
      call(method, ...args);
    } catch (error) {
      reportError(error);
    }
  }
}
