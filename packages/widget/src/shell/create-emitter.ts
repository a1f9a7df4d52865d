import type { ChatWidget, ChatWidgetEvents } from "../chat-widget.ts";

type AnyListener = (detail: never) => void;

interface Emitter extends Pick<ChatWidget, "on" | "off"> {
  emit<Name extends keyof ChatWidgetEvents>(event: Name, detail: ChatWidgetEvents[Name]): void;
}

/** A listener that throws is reported as the page's own error, and stops neither the others nor the widget. */
export function createEmitter(): Emitter {
  const listeners = new Set<readonly [event: string, listener: AnyListener]>();
  let isReady = false;

  return {
    on(event, listener) {
      listeners.add([event, listener as AnyListener]);
      // Who comes late has not missed it.
      if (isReady && event === "ready") queueMicrotask(listener as () => void);
    },
    off(event, listener) {
      for (const entry of listeners) {
        if (entry[0] === event && entry[1] === listener) listeners.delete(entry);
      }
    },
    emit(event, detail) {
      isReady ||= event === "ready";
      for (const [name, listener] of [...listeners]) {
        if (name !== event) continue;
        try {
          listener(detail as never);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
      dispatchEvent(new CustomEvent(`mailoo-chat:${event}`, { detail }));
    },
  };
}
