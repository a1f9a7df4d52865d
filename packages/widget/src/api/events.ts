import type { ChatWidget, ChatWidgetEvents } from "./widget.ts";

/** Before the name of each event as `window` hears it. */
const PREFIX = "mailoo-chat:";

type AnyListener = (detail: never) => void;

export interface Events extends Pick<ChatWidget, "on" | "off"> {
  emit<Name extends keyof ChatWidgetEvents>(event: Name, detail?: ChatWidgetEvents[Name]): void;
}

/**
 * Events are the element's own and bubble up to `window`. The browser calls the listeners, so one that throws is
 * reported as the page's error and stops neither the others nor the widget.
 */
export function createEvents(host: HTMLElement): Events {
  const received = new WeakMap<AnyListener, (event: Event) => void>();

  const events: Events = {
    on(event, listener) {
      const hear =
        received.get(listener) ?? ((happened: Event) => listener((happened as CustomEvent).detail));
      received.set(listener, hear);
      // Whoever has a handle has not missed it.
      if (event === "ready") queueMicrotask(listener as () => void);
      else host.addEventListener(PREFIX + event, hear);
      return () => events.off(event, listener);
    },
    off(event, listener) {
      host.removeEventListener(PREFIX + event, received.get(listener) as EventListener);
    },
    emit(event, detail) {
      host.dispatchEvent(new CustomEvent(PREFIX + event, { detail, bubbles: true }));
    },
  };
  return events;
}
