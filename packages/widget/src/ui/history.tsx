import { Component } from "preact";
import type { ChatState, TimelineEntry } from "../client/chat-client.ts";
import { formatDay } from "./format-time.ts";
import { Icon } from "./icon.tsx";
import { layoutHistory } from "./layout-history.ts";
import { Message, type MessageProps } from "./message.tsx";

export interface HistoryProps extends Omit<MessageProps, "row"> {
  readonly chat: ChatState;
  readonly isOpen: boolean;
}

interface HistoryState {
  /** There are new messages below what is in sight. */
  readonly hasMissed: boolean;
}

/** Closer to the end than this counts as being there. */
const NEAR_END_PX = 48;

/**
 * The messages. Keeps the end in sight for those who are at the end, and leaves those who read further up where they
 * are: they get a button. A screen reader hears what comes while the panel is open, and none of the history.
 */
export class History extends Component<HistoryProps, HistoryState> {
  override state: HistoryState = { hasMissed: false };
  #log: HTMLElement | null = null;
  /** What comes from now on is news: the history and the opening have been drawn before. */
  #isLive = false;

  override componentDidMount(): void {
    this.#showNewest();
    this.#decideLive();
  }

  override getSnapshotBeforeUpdate(): boolean {
    return this.#isAtEnd();
  }

  override componentDidUpdate(previous: HistoryProps, _: HistoryState, wasAtEnd: boolean): void {
    const before = previous.chat.timeline;
    const now = this.props.chat.timeline;
    const hasOpened = this.props.isOpen && !previous.isOpen;
    this.#decideLive();
    const added = addedTo(before, now);
    if (hasOpened || (before.length === 0 && now.length > 0)) this.#showNewest();
    else if (added.length === 0) return;
    else if (wasAtEnd || added.some(({ author }) => author === "visitor")) this.#toEnd();
    else this.setState({ hasMissed: true });
  }

  override render({ t, locale, chat, retry, discard }: HistoryProps, { hasMissed }: HistoryState) {
    const nowMs = Date.now();
    const welcome = chat.config?.welcomeMessage;
    return (
      <div class="history">
        <div
          class="log"
          part="history"
          role="log"
          aria-label={t.conversation}
          aria-live={this.#isLive ? "polite" : "off"}
          ref={(log) => {
            this.#log = log;
            // Who has no mouse scrolls by the keys.
            if (log) log.tabIndex = 0;
          }}
          onScroll={() => hasMissed && this.#isAtEnd() && this.setState({ hasMissed: false })}
        >
          {chat.truncated && <p class="line">{t.truncated}</p>}
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
          {layoutHistory(chat.timeline, chat.firstUnreadId).map((row) => (
            <div class="row" key={row.entry.key}>
              {row.startsDay && (
                <p class="line">
                  <span>{formatDay(locale, row.entry.createdAtMs, nowMs)}</span>
                </p>
              )}
              {row.startsUnread && <p class="line unread">{t.unreadLine}</p>}
              <Message t={t} locale={locale} row={row} retry={retry} discard={discard} />
            </div>
          ))}
        </div>
        {hasMissed && (
          <button type="button" class="pill" onClick={() => this.#toEnd()}>
            {t.newMessages}
            <Icon name="down" />
          </button>
        )}
      </div>
    );
  }

  #decideLive(): void {
    this.#isLive = this.props.isOpen && this.props.chat.connection.name !== "connecting";
  }

  #isAtEnd(): boolean {
    const log = this.#log;
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  }

  #toEnd(): void {
    if (this.#log) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** The first unread message, else the end. */
  #showNewest(): void {
    this.#toEnd();
    const unread = this.#log?.querySelector<HTMLElement>(".unread");
    if (this.#log && unread) this.#log.scrollTop = unread.offsetTop - NEAR_END_PX;
  }
}

function addedTo(before: readonly TimelineEntry[], now: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const known = new Set(before.map(({ key }) => key));
  return now.filter(({ key }) => !known.has(key));
}
