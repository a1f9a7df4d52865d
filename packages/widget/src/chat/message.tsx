import type { DeliveryState } from "../client/chat-client.ts";
import { Avatar } from "./avatar.tsx";
import { useChat } from "./chat-context.tsx";
import { Icon } from "./icon.tsx";
import type { HistoryRow } from "./layout-history.ts";
import { MessageText } from "./message-text.tsx";
import type { TextFiles } from "./text-files.ts";

const STATE_ICONS = {
  sent: "sent",
  sending: "clock",
  waiting: "clock",
  failed: "failed",
} as const satisfies Record<DeliveryState, string>;

export interface MessageProps extends Pick<HistoryRow, "entry" | "isFirst" | "isLast" | "showsState"> {
  readonly files: TextFiles;
}

/** One bubble. What changes later (the state of an own message) is not announced by a screen reader as new. */
export function Message({ entry, isFirst, isLast, showsState, files }: MessageProps) {
  const { client, shell, startNew, t } = useChat();
  const { id, author, authorName, content, createdAtMs, state } = entry;
  const isOwn = author === "visitor";
  const time = (
    <time dateTime={new Date(createdAtMs).toISOString()}>
      {new Date(createdAtMs).toLocaleString(shell.region, { timeStyle: "short" })}
    </time>
  );
  return (
    <div
      class={`message ${author}${isFirst ? " first" : ""}${isLast ? " last" : ""}`}
      part={`message ${author}`}
      data-message-id={id}
      data-author={author}
      data-state={state}
    >
      {isFirst && (
        <span class={authorName && !isOwn ? "name" : "hidden"}>{isOwn ? t.you : (authorName ?? t.team)}</span>
      )}
      <div class="row">
        {isLast && author === "owner" && (
          <span class="avatar" aria-hidden="true">
            <Avatar src={shell.options.avatar} name={authorName ?? shell.options.title} />
          </span>
        )}
        <div class="bubble">
          <MessageText text={content} author={author} files={files} />
        </div>
        {/* For a pointer that rests on the message, or a finger that taps it. */}
        {!showsState && <span class="when">{time}</span>}
      </div>
      {showsState && (
        <div class="meta" aria-live="off">
          {time}
          {isOwn && (
            <span class="state" key={state}>
              <Icon name={STATE_ICONS[state]} />
              {t[state]}
            </span>
          )}
          {state === "failed" && (
            <>
              <button
                type="button"
                onClick={() => (client.state.notice?.kind === "ended" ? startNew(true) : client.retry(id))}
              >
                {t.retry}
              </button>
              <button type="button" onClick={() => client.discard(id)}>
                {t.discard}
              </button>
            </>
          )}
        </div>
      )}
    </div>
  );
}
