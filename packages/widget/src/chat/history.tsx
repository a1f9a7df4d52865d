import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ChatState, TimelineEntry } from "../client/chat-client.ts";
import { formatDay } from "../i18n/format-day.ts";
import { Boundary } from "./boundary.tsx";
import { useChat } from "./chat-context.tsx";
import { useClient } from "./hooks/use-client.ts";
import { useStickToBottom } from "./hooks/use-stick-to-bottom.ts";
import { Icon } from "./icon.tsx";
import { type HistoryRow, layoutHistory } from "./layout-history.ts";
import type { FindLinks } from "./link-text.tsx";
import { Message } from "./message.tsx";
import { Welcome } from "./welcome.tsx";

/** A text that may hold a link: only then is the file that finds links fetched. */
const MAY_LINK = /:\/\/|www\.|@/i;

/** Some frames: until then a screen reader has seen what was rendered before. */
const LIVE_AFTER_MS = 50;

export interface HistoryProps {
  readonly isOpen: boolean;
}

/** The messages. A screen reader hears what comes while the panel is open, and none of the history. */
export function History({ isOpen }: HistoryProps) {
  const context = useChat();
  const { client, t } = context;
  const chat = useClient(client);
  const { timeline } = chat;
  const log = useRef<HTMLDivElement>(null);
  const { hasMissed, toEnd } = useStickToBottom(log, timeline, isOpen);
  const findLinks = useFindLinks(timeline);
  const isLive = useIsLive(chat, isOpen, findLinks, context);
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
        <Welcome />
        {layoutHistory(timeline, chat.firstUnreadId, nowMs).map((row) => (
          <Row
            key={row.entry.key}
            row={row}
            nowMs={nowMs}
            findLinks={MAY_LINK.test(row.entry.content) ? findLinks : undefined}
          />
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
  readonly findLinks: FindLinks | undefined;
}

/** A message with the lines above it. Rendered again only when something in it changes. */
function Row({ row, nowMs, findLinks }: RowProps) {
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
          <Message
            entry={entry}
            isFirst={isFirst}
            isLast={isLast}
            showsState={showsState}
            findLinks={findLinks}
          />
        </Boundary>
      </div>
    ),
    [entry, day, startsUnread, isFirst, isLast, showsState, findLinks, context],
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

/** Undefined until a text needs it and it has been fetched. After a failure the next change of the timeline tries again. */
function useFindLinks(timeline: readonly TimelineEntry[]): FindLinks | undefined {
  const { shell } = useChat();
  const [loaded, setLoaded] = useState<{ readonly find: FindLinks }>();
  useLayoutEffect(() => {
    if (loaded || !timeline.some(({ content }) => MAY_LINK.test(content))) return;
    shell.load("find-links").then(setLoaded, () => {});
  }, [timeline, loaded, shell]);
  return loaded?.find;
}

/**
 * Whether what is rendered now is news to a screen reader: not the history, and not a text that becomes a link or is
 * translated. Turned on in a rendering of its own, since a change in a region that becomes live with it is not announced.
 */
function useIsLive(
  { connection, hasSession }: ChatState,
  isOpen: boolean,
  findLinks: unknown,
  context: unknown,
): boolean {
  const { name } = connection;
  // The history of a conversation from before comes with its first connection.
  const awaitsHistory = name === "connecting" || (name === "idle" && hasSession);
  const [live, setLive] = useState<readonly unknown[] | null>(null);
  const isDue = isOpen && (!!live || !awaitsHistory);
  useLayoutEffect(() => {
    const timer = setTimeout(() => setLive(isDue ? [findLinks, context] : null), LIVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isDue, findLinks, context]);
  return isDue && !!live && live[0] === findLinks && live[1] === context;
}
