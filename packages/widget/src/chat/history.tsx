import type { ComponentChild } from "preact";
import type { ChatState, TimelineEntry } from "../client/chat-client.ts";
import { Boundary } from "./boundary.tsx";
import { layoutHistory } from "./layout-history.ts";
import type { Linkify } from "./link-text.tsx";
import { Message, type MessageProps } from "./message.tsx";
import type { Occasional } from "./occasional.tsx";
import type { Reading } from "./reading.ts";

export interface HistoryProps extends Omit<MessageProps, "row" | "linkify"> {
  readonly chat: ChatState;
  readonly reading: Reading;
  readonly occasional: () => Occasional | undefined;
  readonly linkify: () => Linkify | undefined;
}

/** Of a text in which `linkify` may find something: only then is its file fetched. */
const MAY_LINK = /:\/\/|www\.|@/i;

/** A row that was drawn, and all that it depends on beside its message: it is drawn again only when that changes. */
type DrawnRow = readonly [reason: string, row: ComponentChild];

const drawnRows = new WeakMap<TimelineEntry, DrawnRow>();

/** The messages. A screen reader hears what comes while the panel is open, and none of the history. */
export function History({ chat, reading, ...props }: HistoryProps) {
  const { t, locale, occasional } = props;
  const nowMs = Date.now();
  const welcome = chat.config?.welcomeMessage;
  return (
    <div class="history">
      <div
        class="log"
        part="history"
        role="log"
        aria-label={t.conversation}
        aria-live={reading.isLive ? "polite" : "off"}
        onScroll={reading.scrolled}
      >
        {chat.truncated && <p class="line">{occasional()?.t.truncated}</p>}
        {welcome && (
          <div
            class="message system first last"
            data-message-id="welcome"
            data-author="system"
            data-state="sent"
          >
            <div class="bubble">
              <p dir="auto">{welcome}</p>
            </div>
          </div>
        )}
        {layoutHistory(chat.timeline, chat.firstUnreadId, nowMs).map((row) => {
          const { entry, startsDay, startsUnread, isFirst, isLast } = row;
          const day = startsDay && occasional()?.formatDay(locale, entry.createdAtMs, nowMs);
          const linkify = MAY_LINK.test(entry.content) ? props.linkify() : undefined;
          const reason = `${day}${startsUnread}${isFirst}${isLast}${!linkify}`;
          const [drawnFor, drawn] = drawnRows.get(entry) ?? [];
          if (drawnFor === reason) return drawn;
          const now = (
            <div key={entry.key}>
              {day && (
                <p class="line">
                  <span>{day}</span>
                </p>
              )}
              {startsUnread && <p class="unread">{t.unreadLine}</p>}
              <Boundary fallback={<PlainMessage entry={entry} />}>
                <Message {...props} row={row} linkify={linkify} />
              </Boundary>
            </div>
          );
          drawnRows.set(entry, [reason, now]);
          return now;
        })}
      </div>
      {reading.hasMissed && occasional()?.viewPill(reading.toEnd)}
    </div>
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
