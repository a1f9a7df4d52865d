import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { toStorageKey } from "../../launcher/stored-keys.ts";
import { useChat } from "../chat-context.tsx";
import { useClient } from "./use-client.ts";

/**
 * The text that is not sent yet. It belongs to the session in which it was written: when that is gone, the next visitor
 * must not see it. It is kept over a reload of the tab, but only while there is a session.
 *
 * @param conversation changes when the visitor or the page begins another
 */
export function useDraft(conversation: number): readonly [text: string, setText: (text: string) => void] {
  const { client, shell } = useChat();
  const { sessionPublicId } = useClient(client);
  const key = toDraftKey(shell.baseUrl);
  const [text, setText] = useState(() => readDraft(key, sessionPublicId));
  const written = useRef({ sessionPublicId, conversation });

  useLayoutEffect(() => {
    const { current: before } = written;
    const isSameSession = !before.sessionPublicId || before.sessionPublicId === sessionPublicId;
    if (isSameSession && before.conversation === conversation) return;
    written.current = { sessionPublicId, conversation };
    setText("");
    forgetDraft(shell.baseUrl);
  }, [sessionPublicId, conversation, shell.baseUrl]);

  function change(next: string): void {
    // Whoever writes has read what is there. The client also notices now if the page has removed the session: what is
    // written after that belongs to the next one.
    client.markRead();
    const { sessionPublicId: current } = client.state;
    written.current = { sessionPublicId: current, conversation };
    setText(next);
    attempt(() =>
      next && current ? sessionStorage.setItem(key, `${current}\n${next}`) : sessionStorage.removeItem(key),
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
