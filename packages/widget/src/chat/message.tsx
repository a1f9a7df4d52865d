import type { DeliveryState } from "../client/chat-client.ts";
import type { Texts } from "../i18n/texts.ts";
import { Icon } from "./icon.tsx";
import type { HistoryRow } from "./layout-history.ts";
import type { Linkify } from "./link-text.tsx";

const STATE_ICONS = {
  sent: "sent",
  sending: "clock",
  waiting: "clock",
  failed: "failed",
} as const satisfies Record<DeliveryState, string>;

export interface MessageProps {
  readonly t: Texts;
  readonly locale: string;
  readonly row: HistoryRow;
  /** Makes links of what looks like one; undefined while nothing does, or the file is on its way. */
  readonly linkify: Linkify | undefined;
  readonly retry: (id: string) => void;
  readonly discard: (id: string) => void;
}

/** One bubble. What changes later (the state of an own message) is no part of what a screen reader is told as new. */
export function Message({ t, locale, row, linkify, retry, discard }: MessageProps) {
  const { entry, isFirst, isLast } = row;
  const { id, author, state } = entry;
  const isOwn = author === "visitor";
  const name = isOwn ? t.you : (entry.authorName ?? t.team);
  const isFailed = state === "failed";
  return (
    <div
      class={`message ${author}${isFirst ? " first" : ""}${isLast ? " last" : ""}`}
      part={`message ${author}`}
      data-message-id={id}
      data-author={author}
      data-state={state}
    >
      {isFirst && <span class={entry.authorName && !isOwn ? "name" : "hidden"}>{name}</span>}
      <div class="bubble">
        <p dir="auto">{linkify ? linkify(entry.content) : entry.content}</p>
      </div>
      {(isLast || state !== "sent") && (
        <div class="meta" aria-live="off">
          <time dateTime={new Date(entry.createdAtMs).toISOString()}>
            {new Date(entry.createdAtMs).toLocaleString(locale, { timeStyle: "short" })}
          </time>
          {isOwn && (
            <span class="state" key={state}>
              <Icon name={STATE_ICONS[state]} />
              {t[state]}
            </span>
          )}
          {isFailed && (
            <button type="button" onClick={() => retry(id)}>
              {t.retry}
            </button>
          )}
          {isFailed && (
            <button type="button" onClick={() => discard(id)}>
              {t.discard}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
