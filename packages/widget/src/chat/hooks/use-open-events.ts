import { useLayoutEffect, useRef } from "preact/hooks";
import { useChat } from "../chat-context.tsx";

/** Tells the page that the panel was opened or closed. To be used before `useUnread`, which tells it what is read then. */
export function useOpenEvents(isOpen: boolean): void {
  const { shell } = useChat();
  const told = useRef(false);
  useLayoutEffect(() => {
    if (told.current === isOpen) return;
    told.current = isOpen;
    shell.emit(isOpen ? "open" : "close");
  }, [shell, isOpen]);
}
