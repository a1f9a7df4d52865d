import type { ChatContextValue } from "../chat/chat-context.tsx";

let restore: (() => void) | undefined;

/** Puts a notice into the page's title until nothing is unread; the page's own later titles are left alone. */
export function badgeTitle({ client, shell }: ChatContextValue, notice: string): void {
  restore?.();
  const own = document.title;
  document.title = notice;
  const restored = new AbortController();
  const stop = client.subscribe(({ unread }) => unread === 0 && restore?.());
  restore = () => {
    stop();
    restored.abort();
    if (document.title === notice) document.title = own;
    restore = undefined;
  };
  shell.signal.addEventListener("abort", () => restore?.(), { signal: restored.signal });
}
