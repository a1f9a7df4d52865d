import type { ChatWidget } from "@mailoo-chat/widget";
import { useEffect, useState } from "react";

/** The number of unread messages; 0 while there is no widget. */
export function useUnread(chat: ChatWidget | null): number {
  const [unread, setUnread] = useState(0);
  useEffect(() => {
    const listen = ({ count }: { readonly count: number }) => setUnread(count);
    chat?.on("unread", listen);
    return () => chat?.off("unread", listen);
  }, [chat]);
  return unread;
}
