import { useLayoutEffect, useState } from "preact/hooks";
import type { AwayDetails } from "../away.ts";
import { useChat } from "../chat-context.tsx";
import type { LazyFiles } from "../lazy-files.ts";
import { useChatState } from "./use-chat-state.ts";

/** "tomorrow" becomes "today", and is over. */
const FOLLOW_EVERY_MS = 30_000;

/** What there is to say while nobody is there; null if somebody is, or there is nothing. */
export function useAway(): AwayDetails | null {
  const { shell, t } = useChat();
  const { config, status } = useChatState();
  const away = (status === "away" && config?.away) || null;
  const isAway = !!away;
  const [file, setFile] = useState<LazyFiles["away"]>();
  const [, setNow] = useState(0);
  useLayoutEffect(() => {
    if (!isAway) return;
    shell.load("away").then(setFile, () => {});
    const timer = setInterval(() => setNow(Date.now()), FOLLOW_EVERY_MS);
    return () => clearInterval(timer);
  }, [isAway, shell]);
  return away && file ? file.toAwayDetails(away, t.back, shell.region, Date.now()) : null;
}
