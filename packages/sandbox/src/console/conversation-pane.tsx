import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Avatar, nameOf } from "./avatar.tsx";
import type { ConsoleState, ConsoleStore, Conversation } from "./console-store.ts";
import { formatClock, formatDay } from "./format-time.ts";
import { Icon } from "./icon.tsx";
import type { Message } from "./wire.ts";

interface PaneProps {
  readonly state: ConsoleState;
  readonly store: ConsoleStore;
}

export function ConversationPane({ state, store }: PaneProps) {
  if (state.conversation === null) {
    return (
      <div class="conversation-pane empty">
        <Icon name="chat" />
        <p>Choose a conversation</p>
      </div>
    );
  }
  const { session } = state.conversation;
  const { sessionPublicId, visitorName, visitorEmail } = session;
  const name = nameOf(session);
  return (
    <section class="conversation-pane" aria-label={name}>
      <div class="conversation-header">
        <button type="button" class="back" aria-label="Back to conversations" onClick={store.closeSession}>
          <Icon name="back" />
        </button>
        <Avatar session={session} />
        <h2>{name}</h2>
        {visitorEmail !== null && visitorName !== null && (
          <a href={`mailto:${visitorEmail}`}>{visitorEmail}</a>
        )}
      </div>
      <History key={sessionPublicId} conversation={state.conversation} state={state} store={store} />
      <ReplyForm
        key={`reply ${sessionPublicId}`}
        text={state.drafts[sessionPublicId] ?? ""}
        placeholder={`Reply to ${name}`}
        onText={(text) => store.draft(sessionPublicId, text)}
        onReply={(text) => store.reply(sessionPublicId, text)}
      />
    </section>
  );
}

interface HistoryProps extends PaneProps {
  readonly conversation: Conversation;
}

/** The style sheet keeps its end in view: it grows upwards, from the bottom. */
function History({ conversation, state, store }: HistoryProps) {
  const { messages, hasOlder, loading, session } = conversation;
  const name = nameOf(session);
  const replies = state.replies.filter(({ sessionId }) => sessionId === session.sessionPublicId);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div class="history" tabIndex={0} role="log" aria-label={`Conversation with ${name}`}>
      <div>
        {hasOlder && (
          <button type="button" class="more" onClick={store.loadOlder}>
            Show earlier messages
          </button>
        )}
        {loading === "failed" && (
          <p class="trouble" role="alert">
            The history cannot be loaded. It is loaded again when the connection is back.
          </p>
        )}
        {messages.map((message, index) => (
          <Fragment key={message.id}>
            {startsDay(messages, index) && <h3>{formatDay(message.createdAt)}</h3>}
            <div class="message" data-author={message.senderType === "OWNER" ? "owner" : "visitor"}>
              <span class="visually-hidden">{message.senderType === "OWNER" ? "You" : name}:</span>
              <p class="bubble">{message.content}</p>
              <time dateTime={message.createdAt}>{formatClock(message.createdAt)}</time>
            </div>
          </Fragment>
        ))}
        {replies.map((reply) => (
          <div key={reply.key} class="message" data-author="owner" data-state={reply.state}>
            <span class="visually-hidden">You:</span>
            <p class="bubble">{reply.content}</p>
            {reply.state === "sending" ? (
              <small>Sending</small>
            ) : (
              <p class="trouble" role="alert">
                Not sent{" "}
                <button type="button" onClick={() => store.retryReply(reply)}>
                  Retry
                </button>{" "}
                <button type="button" onClick={() => store.discardReply(reply)}>
                  Discard
                </button>
              </p>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function startsDay(messages: readonly Message[], index: number): boolean {
  const [before, message] = [messages[index - 1], messages[index]];
  return !before || !message || formatDay(before.createdAt) !== formatDay(message.createdAt);
}

interface ReplyFormProps {
  readonly text: string;
  readonly placeholder: string;
  readonly onText: (text: string) => void;
  readonly onReply: (text: string) => void;
}

/** Enter sends, Shift+Enter breaks the line, the Enter that ends a composition does neither. */
function ReplyForm({ text, placeholder, onText, onReply }: ReplyFormProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // On a touch screen, the keyboard would cover half of the conversation.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, []);

  return (
    <form
      class="reply-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "") return;
        onReply(text);
        box.current?.focus();
        box.current?.closest("section")?.querySelector(".history")?.scrollTo(0, 0);
      }}
    >
      <textarea
        ref={box}
        rows={1}
        maxLength={10_000}
        aria-label="Reply"
        placeholder={placeholder}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Safari reports the Enter that ends a composition with key code 229 and isComposing false.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <button type="submit" class="primary send" aria-label="Send reply" disabled={text.trim() === ""}>
        <Icon name="send" />
      </button>
    </form>
  );
}
