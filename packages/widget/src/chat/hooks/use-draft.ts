import { useState } from "preact/hooks";
import { toStorageKey } from "../../launcher/stored-keys.ts";
import { useChat } from "../chat-context.tsx";

/**
 * The text that is not sent yet. It is kept over a reload of the tab, but only while there is a conversation, and with the
 * id of its session: another tab may have begun the next one for another visitor.
 */
export function useDraft(): readonly [text: string, setText: (text: string) => void] {
  const { client, shell } = useChat();
  const key = toDraftKey(shell.baseUrl);
  const [text, setText] = useState(() => readDraft(key, client.state.sessionPublicId));

  function change(next: string): void {
    setText(next);
    const { sessionPublicId } = client.state;
    attempt(() =>
      next && sessionPublicId
        ? sessionStorage.setItem(key, `${sessionPublicId}\n${next}`)
        : sessionStorage.removeItem(key),
    );
  }

  return [text, change];
}

function readDraft(key: string, sessionPublicId: string | null): string {
  const owner = `${sessionPublicId}\n`;
  const stored = attempt(() => sessionStorage.getItem(key));
  if (stored?.startsWith(owner)) return stored.slice(owner.length);
  attempt(() => sessionStorage.removeItem(key));
  return "";
}

export function forgetDraft(baseUrl: string): void {
  attempt(() => sessionStorage.removeItem(toDraftKey(baseUrl)));
}

function toDraftKey(baseUrl: string): string {
  return `${toStorageKey(baseUrl)}#draft`;
}

/** Storage may be forbidden or full: then the draft is kept for this page only. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
