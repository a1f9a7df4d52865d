import { useMemo } from "preact/hooks";
import { warn } from "../launcher/warn.ts";
import { useChat } from "./chat-context.tsx";
import { matchesPath } from "./hidden-paths.ts";
import { useChatState } from "./hooks/use-chat-state.ts";

const MAX = 5;

/** First messages that the visitor sends with a click: the page's, else the server's. */
export function Suggestions() {
  const { choose, shell } = useChat();
  const { config } = useChatState();
  const { suggestions } = shell.options;
  const { pathname } = location;
  // A value that cannot be used is reported once, and not with each rendering.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page may change its path without a load.
  const own = useMemo(() => toSuggestions(suggestions, pathname), [suggestions, pathname]);
  const texts = own ?? config?.suggestions ?? [];
  return (
    <div class="suggestions">
      {texts.slice(0, MAX).map((text) => (
        <button type="button" key={text} dir="auto" onClick={() => choose(text)}>
          {text}
        </button>
      ))}
    </div>
  );
}

/** Undefined if the page says nothing for this path, or nothing that can be used. The first five are. */
function toSuggestions(option: unknown, path: string): readonly string[] | undefined {
  try {
    const value: unknown = typeof option === "string" ? JSON.parse(option) : option;
    const lists: Readonly<Record<string, readonly string[]>> = Object(
      Array.isArray(value) ? { "*": value } : value,
    );
    const [, list] = Object.entries(lists).find(([paths]) => matchesPath(paths, path)) ?? [];
    if (!list?.some((text) => !text.trim())) {
      if (list?.[MAX]) warn("suggestions", option);
      return list;
    }
  } catch {
    // No JSON, no list, or no texts.
  }
  warn("suggestions", option);
  return undefined;
}
