import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { ConsoleController } from "../console-controller.ts";
import type { ConsoleState } from "../console-state.ts";
import { formatRecent } from "../format-time.ts";
import type { Session } from "../wire.ts";
import { Avatar } from "./avatar.tsx";
import { SearchIcon } from "./icons.tsx";
import { visitorName } from "./visitor-name.ts";

export interface SessionPaneProps {
  readonly state: ConsoleState;
  readonly controller: ConsoleController;
  readonly searchRef: RefObject<HTMLInputElement | null>;
}

/** The list of sessions: one tab stop, arrow keys within. */
export function SessionPane({ state, controller, searchRef }: SessionPaneProps) {
  const { sessions, conversation, search } = state;
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const isListed = (id: string | null | undefined) => sessions.items.some((session) => session.id === id);
  const tabStop = [focusedId, conversation?.session.id, sessions.items[0]?.id].find(isListed);

  return (
    <nav class="session-pane" aria-label="Conversations">
      <search class="search">
        <SearchIcon />
        <input
          ref={searchRef}
          type="search"
          aria-label="Search conversations"
          placeholder="Search names and messages"
          value={search}
          onInput={(event) => controller.search(event.currentTarget.value)}
        />
        <kbd>/</kbd>
      </search>
      <ul
        class="session-list"
        aria-label="Conversations"
        aria-busy={sessions.loading === "loading"}
        onKeyDown={moveFocus}
      >
        {sessions.items.map((session) => (
          <li key={session.id}>
            <SessionButton
              session={session}
              selected={conversation?.session.id === session.id}
              tabIndex={session.id === tabStop ? 0 : -1}
              onFocus={() => setFocusedId(session.id)}
              onOpen={() => controller.openSession(session)}
            />
          </li>
        ))}
        {sessions.hasMore && sessions.loading === "ready" && (
          <li>
            <button type="button" class="more" onClick={() => controller.loadMoreSessions()}>
              Show more conversations
            </button>
          </li>
        )}
      </ul>
      <ListNotice state={state} />
    </nav>
  );
}

interface SessionButtonProps {
  readonly session: Session;
  readonly selected: boolean;
  readonly tabIndex: number;
  readonly onFocus: () => void;
  readonly onOpen: () => void;
}

function SessionButton({ session, selected, tabIndex, onFocus, onOpen }: SessionButtonProps) {
  const { lastMessage, unreadCount } = session;
  return (
    <button
      type="button"
      class="session"
      data-session-id={session.id}
      data-unread={unreadCount > 0}
      aria-current={selected}
      tabIndex={tabIndex}
      onFocus={onFocus}
      onClick={onOpen}
    >
      <Avatar session={session} />
      <span class="session-name">{visitorName(session)}</span>
      <time class="session-time" dateTime={new Date(session.lastMessageAtMs).toISOString()}>
        {formatRecent(session.lastMessageAtMs, Date.now())}
      </time>
      <span class="session-text">
        {lastMessage?.author === "owner" && <span class="session-you">You: </span>}
        {lastMessage?.content ?? "No messages"}
      </span>
      {unreadCount > 0 && (
        <span class="badge">
          <span aria-hidden="true">{unreadCount > 99 ? "99+" : unreadCount}</span>
          <span class="visually-hidden">{unreadCount} unread</span>
        </span>
      )}
    </button>
  );
}

function ListNotice({
  state: { sessions, search, integrationId, integrations },
}: {
  readonly state: ConsoleState;
}) {
  if (sessions.loading === "failed") {
    return (
      <p class="list-notice trouble" role="alert">
        The platform does not answer. Trying again when the connection is back.
      </p>
    );
  }
  if (sessions.loading === "loading" || sessions.items.length > 0) return null;
  if (search.trim() !== "") return <p class="list-notice">Nothing matches “{search.trim()}”.</p>;
  const integration = integrations.find(({ id }) => id === integrationId);
  return (
    <div class="list-notice">
      <p>No conversations yet. The first message of a visitor opens one.</p>
      {integration !== undefined && (
        <dl>
          <dt>Project</dt>
          <dd>
            <code>{integration.projectUid}</code>
          </dd>
          <dt>Integration</dt>
          <dd>
            <code>{integration.id}</code>
          </dd>
        </dl>
      )}
    </div>
  );
}

function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button.matches(":focus"));
  const next = nextIndex(event.key, at, buttons.length);
  if (next === null) return;
  event.preventDefault();
  buttons[next]?.focus();
}

function nextIndex(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
