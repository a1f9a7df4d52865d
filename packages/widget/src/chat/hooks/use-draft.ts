import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { toStorageKey } from "../../launcher/stored-keys.ts";
import { useChat } from "../chat-context.tsx";
import { useClient } from "./use-client.ts";

/**
 * The text that is not sent yet, kept over a reload of the tab. It belongs to the session in which it was written: when
 * that is gone, the next visitor must not see it. Written before there is a session, it goes with the one that begins.
 *
 * @param conversation changes when the visitor or the page begins another
 * @param carried is put before the text then; null: the text is forgotten
 */
export function useDraft(
  conversation: number,
  carried: string | null,
): readonly [text: string, setText: (text: string) => void] {
  const { client, shell } = useChat();
  const { sessionPublicId } = useClient(client);
  const key = toDraftKey(shell.baseUrl);
  const [text, setText] = useState(() => readDraft(key, sessionPublicId));
  const written = useRef({ sessionPublicId, conversation });

  useLayoutEffect(() => {
    const { current: before } = written;
    if (before.conversation !== conversation) {
      keep(carried === null ? "" : [carried, text].filter(Boolean).join("\n\n"));
    } else if (before.sessionPublicId !== sessionPublicId) {
      keep(before.sessionPublicId ? "" : text);
    }
  });

  function keep(next: string): void {
    const { sessionPublicId: current } = client.state;
    written.current = { sessionPublicId: current, conversation };
    setText(next);
    attempt(() =>
      next ? sessionStorage.setItem(key, toOwner(current) + next) : sessionStorage.removeItem(key),
    );
  }

  function change(next: string): void {
    // Whoever writes has read what is there. The client also notices now if the page has removed the session: what is
    // written after that belongs to the next one.
    client.markRead();
    keep(next);
  }

  return [text, change];
}

function readDraft(key: string, sessionPublicId: string | null): string {
  const stored = attempt(() => sessionStorage.getItem(key)) ?? "";
  for (const owner of [toOwner(sessionPublicId), toOwner(null)])
    if (stored.startsWith(owner)) return stored.slice(owner.length);
  attempt(() => sessionStorage.removeItem(key));
  return "";
}

export function forgetDraft(baseUrl: string): void {
  attempt(() => sessionStorage.removeItem(toDraftKey(baseUrl)));
}

/** Stands before a stored text: the session in which it was written; empty if there was none. */
function toOwner(sessionPublicId: string | null): string {
  return `${sessionPublicId ?? ""}\n`;
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
