import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ConsoleController } from "../console-controller.ts";
import type { ConsoleState, Conversation, PendingReply } from "../console-state.ts";
import { formatClock, formatDay } from "../format-time.ts";
import { groupMessages, type MessageGroup } from "../message-groups.ts";
import type { Session } from "../wire.ts";
import { Avatar } from "./avatar.tsx";
import { BackIcon, ChatIcon } from "./icons.tsx";
import { ReplyForm } from "./reply-form.tsx";
import { visitorName } from "./visitor-name.ts";

export interface ConversationPaneProps {
  readonly state: ConsoleState;
  readonly controller: ConsoleController;
}

export function ConversationPane({ state, controller }: ConversationPaneProps) {
  const { conversation, replies, drafts } = state;
  if (conversation === null) {
    return (
      <div class="conversation-pane empty">
        <ChatIcon />
        <p>Choose a conversation</p>
      </div>
    );
  }
  const { session } = conversation;
  const name = visitorName(session);
  return (
    <section class="conversation-pane" aria-label={name}>
      <ConversationHeader session={session} name={name} onBack={() => controller.closeSession()} />
      <History
        key={`history ${session.id}`}
        name={name}
        conversation={conversation}
        replies={replies.filter((reply) => reply.sessionId === session.id)}
        controller={controller}
      />
      <ReplyForm
        key={`reply ${session.id}`}
        text={drafts[session.id] ?? ""}
        name={name}
        onText={(text) => controller.draft(text)}
        onReply={(text) => controller.reply(text)}
      />
    </section>
  );
}

interface ConversationHeaderProps {
  readonly session: Session;
  readonly name: string;
  readonly onBack: () => void;
}

function ConversationHeader({ session, name, onBack }: ConversationHeaderProps) {
  return (
    <div class="conversation-header">
      <button type="button" class="icon-button back" aria-label="Back to conversations" onClick={onBack}>
        <BackIcon />
      </button>
      <Avatar session={session} />
      <div class="conversation-title">
        <h2>{name}</h2>
        <p>
          {session.visitorEmail !== null && session.visitorName !== null && (
            <a href={`mailto:${session.visitorEmail}`}>{session.visitorEmail}</a>
          )}
          <span title={session.id}>
            {session.messageCount === 1 ? "1 message" : `${session.messageCount} messages`}
          </span>
          <span>since {formatDay(session.createdAtMs, Date.now()).toLowerCase()}</span>
        </p>
      </div>
    </div>
  );
}

interface HistoryProps {
  readonly name: string;
  readonly conversation: Conversation;
  readonly replies: readonly PendingReply[];
  readonly controller: ConsoleController;
}

/** Below this distance from the end, new messages keep the end in view. */
const NEAR_END_PX = 80;

function History({ name, conversation, replies, controller }: HistoryProps) {
  const { messages, hasOlder, loading } = conversation;
  const log = useRef<HTMLDivElement>(null);
  const followsEnd = useRef(true);
  const heightBefore = useRef(0);
  const firstId = messages[0]?.id;
  const shownFirstId = useRef(firstId);
  const newest = messages.at(-1)?.id;

  // An older page grows the top: what is read stays where it is.
  useLayoutEffect(() => {
    const element = log.current;
    if (element === null) return;
    if (firstId !== shownFirstId.current && !followsEnd.current) {
      element.scrollTop += element.scrollHeight - heightBefore.current;
    }
    shownFirstId.current = firstId;
    if (followsEnd.current) element.scrollTop = element.scrollHeight;
    heightBefore.current = element.scrollHeight;
  }, [firstId, newest, messages.length, replies.length]);

  useEffect(() => {
    const element = log.current;
    if (element === null) return;
    // A region that scrolls must be reachable by keyboard.
    element.tabIndex = 0;
    const observer = new ResizeObserver(() => {
      if (followsEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <div
      ref={log}
      class="history"
      role="log"
      aria-label={`Conversation with ${name}`}
      aria-busy={loading === "loading"}
      onScroll={({ currentTarget }) => {
        const { scrollHeight, scrollTop, clientHeight } = currentTarget;
        followsEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      {hasOlder && (
        <button type="button" class="more" onClick={() => controller.loadOlder()}>
          Show earlier messages
        </button>
      )}
      {loading === "failed" && (
        <p class="trouble" role="alert">
          The history cannot be loaded. It is tried again when the connection is back.
        </p>
      )}
      {groupMessages(messages).map(({ dayMs, groups }) => (
        <section key={dayMs} class="day">
          <h3>
            <span>{formatDay(dayMs, Date.now())}</span>
          </h3>
          {groups.map((group) => (
            <Group key={group.messages[0].id} group={group} name={name} />
          ))}
        </section>
      ))}
      {replies.map((reply) => (
        <Reply key={reply.key} reply={reply} controller={controller} />
      ))}
    </div>
  );
}

function Group({
  group: { author, messages },
  name,
}: {
  readonly group: MessageGroup;
  readonly name: string;
}) {
  const lastMs = messages.at(-1)?.createdAtMs ?? messages[0].createdAtMs;
  return (
    <div class="group" data-author={author}>
      <span class="visually-hidden">{author === "owner" ? "You" : name}:</span>
      {messages.map(({ id, content, createdAtMs }) => (
        <p key={id} class="bubble" data-message-id={id} title={new Date(createdAtMs).toLocaleString()}>
          {content}
        </p>
      ))}
      <time class="group-time" dateTime={new Date(lastMs).toISOString()}>
        {formatClock(lastMs)}
      </time>
    </div>
  );
}

function Reply({
  reply,
  controller,
}: {
  readonly reply: PendingReply;
  readonly controller: ConsoleController;
}) {
  return (
    <div class="group" data-author="owner" data-state={reply.state}>
      <span class="visually-hidden">You:</span>
      <p class="bubble">{reply.content}</p>
      {reply.state === "sending" ? (
        <span class="group-time">Sending</span>
      ) : (
        <div class="failed" role="alert">
          <span>Not sent</span>
          <button type="button" onClick={() => controller.retryReply(reply.key)}>
            Retry
          </button>
          <button type="button" onClick={() => controller.discardReply(reply.key)}>
            Discard
          </button>
        </div>
      )}
    </div>
  );
}
