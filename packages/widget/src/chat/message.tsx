import type { DeliveryState, TimelineEntry } from "../client/chat-client.ts";
import { useChat } from "./chat-context.tsx";
import { Icon } from "./icon.tsx";
import { type FindLinks, LinkText } from "./link-text.tsx";

const STATE_ICONS = {
  sent: "sent",
  sending: "clock",
  waiting: "clock",
  failed: "failed",
} as const satisfies Record<DeliveryState, string>;

export interface MessageProps {
  readonly entry: TimelineEntry;
  /** First and last of a run of bubbles by one author. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Undefined while it is not needed or not fetched yet. */
  readonly findLinks: FindLinks | undefined;
}

/** One bubble. What changes later (the state of an own message) is not announced by a screen reader as new. */
export function Message({ entry, isFirst, isLast, findLinks }: MessageProps) {
  const { client, shell, startNew, t } = useChat();
  const { id, author, content, createdAtMs, state } = entry;
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
        <p dir="auto">{findLinks ? <LinkText text={content} find={findLinks} /> : content}</p>
      </div>
      {(isLast || state !== "sent") && (
        <div class="meta" aria-live="off">
          <time dateTime={new Date(createdAtMs).toISOString()}>
            {new Date(createdAtMs).toLocaleString(shell.region, { timeStyle: "short" })}
          </time>
          {isOwn && (
            <span class="state" key={state}>
              <Icon name={STATE_ICONS[state]} />
              {t[state]}
            </span>
          )}
          {isFailed && (
            <button
              type="button"
              onClick={() => (client.state.notice?.kind === "ended" ? startNew(true) : client.retry(id))}
            >
              {t.retry}
            </button>
          )}
          {isFailed && (
            <button type="button" onClick={() => client.discard(id)}>
              {t.discard}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
