import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChat } from "../chat-context.tsx";
import { keep, readKept } from "../kept.ts";
import type { ConversationStart } from "../widget-state.ts";
import { useChatState } from "./use-chat-state.ts";

const SUFFIX = "#draft";

/** A text that the page puts into the text box; each object once. */
export interface FilledText {
  readonly text: string;
  /** The visitor wants to send it, and has to be asked something first. @default false */
  readonly isToBeSent?: boolean;
}

/**
 * The text that is not sent yet, kept over a reload of the tab. It belongs to the session in which it was written: when
 * that is gone, the next visitor must not see it. Written before there is a session, it goes with the one that begins.
 *
 * @param conversation what it carries is put before the text when it begins
 * @param filled is put after the text, unless it is in there
 */
export function useDraft(
  conversation: ConversationStart,
  filled: FilledText | null,
): readonly [text: string, setText: (text: string) => void] {
  const { client, shell } = useChat();
  const { sessionPublicId } = useChatState();
  const [text, setText] = useState(() => readDraft(shell.baseUrl, sessionPublicId));
  const written = useRef({ sessionPublicId, conversation });
  const seen = useRef<FilledText | null>(null);

  useLayoutEffect(() => {
    const { current: before } = written;
    if (before.conversation !== conversation) {
      const { carried } = conversation;
      write(carried === null ? "" : [carried, text].filter(Boolean).join("\n\n"));
    } else if (before.sessionPublicId !== sessionPublicId) {
      write(before.sessionPublicId ? "" : text);
    } else if (filled && filled !== seen.current) {
      seen.current = filled;
      if (!text.includes(filled.text)) write([text, filled.text].filter(Boolean).join("\n\n"));
    }
  });

  function write(next: string): void {
    const { sessionPublicId: current } = client.state;
    written.current = { sessionPublicId: current, conversation };
    setText(next);
    keep("sessionStorage", shell.baseUrl, SUFFIX, next && toOwner(current) + next);
  }

  function change(next: string): void {
    // Whoever writes has read what is there. The client also notices now if the page has removed the session: what is
    // written after that belongs to the next one.
    client.markRead();
    write(next);
  }

  return [text, change];
}

function readDraft(baseUrl: string, sessionPublicId: string | null): string {
  const stored = readKept("sessionStorage", baseUrl, SUFFIX) ?? "";
  for (const owner of [toOwner(sessionPublicId), toOwner(null)])
    if (stored.startsWith(owner)) return stored.slice(owner.length);
  forgetDraft(baseUrl);
  return "";
}

export function forgetDraft(baseUrl: string): void {
  keep("sessionStorage", baseUrl, SUFFIX, null);
}

/** Stands before a stored text: the session in which it was written; empty if there was none. */
function toOwner(sessionPublicId: string | null): string {
  return `${sessionPublicId ?? ""}\n`;
}
