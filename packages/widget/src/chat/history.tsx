import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ChatState, TimelineEntry } from "../client/chat-client.ts";
import { formatDay } from "../i18n/format-day.ts";
import { Boundary } from "./boundary.tsx";
import { useChat } from "./chat-context.tsx";
import { useChatState } from "./hooks/use-chat-state.ts";
import { useStickToBottom } from "./hooks/use-stick-to-bottom.ts";
import { useTextFiles } from "./hooks/use-text-files.ts";
import { Icon } from "./icon.tsx";
import { type HistoryRow, layoutHistory } from "./layout-history.ts";
import { Message } from "./message.tsx";
import { type TextFiles, toNeeded } from "./text-files.ts";
import { Welcome } from "./welcome.tsx";

/** For texts that need none: these are not rendered again when a file comes. */
const NO_FILES: TextFiles = {};

/** Some frames: until then a screen reader has seen what was rendered before. */
const LIVE_AFTER_MS = 50;

export interface HistoryProps {
  readonly isOpen: boolean;
}

/** The messages. A screen reader hears what comes while the panel is open, and none of the history. */
export function History({ isOpen }: HistoryProps) {
  const context = useChat();
  const { greeting, shell, t } = context;
  const chat = useChatState();
  const { timeline } = chat;
  const log = useRef<HTMLDivElement>(null);
  const needs = timeline.map(({ author, content }) => toNeeded(content, author, shell));
  const welcomeNeeds = toNeeded(greeting ?? chat.config?.welcomeMessage ?? "", "system", shell);
  const [files, isPending] = useTextFiles(new Set([...welcomeNeeds, ...needs.flat()]), timeline);
  const { hasMissed, toEnd } = useStickToBottom(log, timeline, isOpen, files);
  const isLive = useIsLive(chat, isOpen, isPending, context);
  const nowMs = Date.now();
  return (
    <div class="history">
      <div
        class="log"
        part="history"
        role="log"
        ref={log}
        aria-label={t.conversation}
        aria-live={isLive ? "polite" : "off"}
      >
        {chat.truncated && <p class="divider">{t.truncated}</p>}
        <Welcome files={files} />
        {layoutHistory(timeline, chat.firstUnreadId, nowMs).map((row, index) => (
          <Row key={row.entry.key} row={row} nowMs={nowMs} files={needs[index]?.length ? files : NO_FILES} />
        ))}
      </div>
      {hasMissed && (
        <button type="button" class="pill" onClick={toEnd}>
          {t.newMessages}
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly row: HistoryRow;
  readonly nowMs: number;
  readonly files: TextFiles;
}

/** A message with the lines above it. Rendered again only when something in it changes. */
function Row({ row, nowMs, files }: RowProps) {
  const context = useChat();
  const { entry, startsDay, startsUnread, isFirst, isLast, showsState } = row;
  const day = startsDay && formatDay(context.shell.region, entry.createdAtMs, nowMs);
  return useMemo(
    () => (
      <div>
        {day && (
          <p class="divider">
            <span>{day}</span>
          </p>
        )}
        {startsUnread && <p class="divider unread">{context.t.unreadLine}</p>}
        <Boundary fallback={<PlainMessage entry={entry} />}>
          <Message entry={entry} isFirst={isFirst} isLast={isLast} showsState={showsState} files={files} />
        </Boundary>
      </div>
    ),
    [entry, day, startsUnread, isFirst, isLast, showsState, files, context],
  );
}

/** A message of which something cannot be shown: its text can. */
function PlainMessage({ entry: { id, author, state, content } }: { readonly entry: TimelineEntry }) {
  return (
    <div class={`message ${author}`} data-message-id={id} data-author={author} data-state={state}>
      <p class="bubble" dir="auto">
        {content}
      </p>
    </div>
  );
}

/**
 * Whether what is rendered now is news to a screen reader: not the history, and not a text that is translated. Turned on in
 * a rendering of its own, since a change in a region that becomes live with it is not announced.
 *
 * @param isPending a text waits for its links or its formatting, and is not there for a screen reader before.
 */
function useIsLive(
  { connection, hasSession }: ChatState,
  isOpen: boolean,
  isPending: boolean,
  context: object,
): boolean {
  const { name } = connection;
  // The history of a conversation from before comes with its first connection.
  const awaitsHistory = name === "connecting" || (name === "idle" && hasSession);
  const [live, setLive] = useState<object | null>(null);
  const isDue = isOpen && (!!live || !(awaitsHistory || isPending));
  useLayoutEffect(() => {
    const timer = setTimeout(() => setLive(isDue ? context : null), LIVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isDue, context]);
  return isDue && live === context;
}
