import { useEffect, useRef, useState } from "preact/hooks";
import { Avatar, nameOf } from "./avatar.tsx";
import type { ConsoleState, ConsoleStore } from "./console-store.ts";
import { formatRecent } from "./format-time.ts";
import { Icon } from "./icon.tsx";
import type { Session } from "./wire.ts";

interface PaneProps {
  readonly state: ConsoleState;
  readonly store: ConsoleStore;
}

/** The list of sessions: one tab stop, arrow keys within. */
export function SessionPane({ state, store }: PaneProps) {
  const { sessions, listing, conversation, search } = state;
  const [focusedId, setFocusedId] = useState("");
  const openId = conversation?.session.sessionPublicId;
  const isListed = (id?: string) => sessions.some(({ sessionPublicId }) => sessionPublicId === id);
  const tabStop = [focusedId, openId, sessions[0]?.sessionPublicId].find(isListed);

  return (
    <nav class="session-pane" aria-label="Conversations">
      <SearchBox value={search} onSearch={store.search} />
      <ul
        class="session-list"
        aria-label="Conversations"
        aria-busy={listing === "loading"}
        onKeyDown={moveFocus}
      >
        {sessions.map((session) => (
          <li key={session.sessionPublicId}>
            <button
              type="button"
              class="session"
              aria-current={session.sessionPublicId === openId}
              tabIndex={session.sessionPublicId === tabStop ? 0 : -1}
              onFocus={() => setFocusedId(session.sessionPublicId)}
              onClick={() => store.openSession(session)}
            >
              <SessionSummary session={session} />
            </button>
          </li>
        ))}
        {state.hasMoreSessions && (
          <li>
            <button type="button" class="more" onClick={store.loadMoreSessions}>
              Show more conversations
            </button>
          </li>
        )}
      </ul>
      <ListNotice state={state} />
    </nav>
  );
}

interface SearchBoxProps {
  readonly value: string;
  readonly onSearch: (text: string) => void;
}

function SearchBox({ value, onSearch }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    function focusOnSlash(event: KeyboardEvent): void {
      const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    }
    document.addEventListener("keydown", focusOnSlash);
    return () => document.removeEventListener("keydown", focusOnSlash);
  }, []);
  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search conversations"
        placeholder="Search names and messages"
        value={value}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
      <kbd>/</kbd>
    </search>
  );
}

function SessionSummary({ session }: { readonly session: Session }) {
  const { lastMessage, lastMessageAt, unreadCount } = session;
  return (
    <>
      <Avatar session={session} />
      <span class="session-name">{nameOf(session)}</span>
      <time dateTime={lastMessageAt}>{formatRecent(lastMessageAt)}</time>
      <span class="session-text">
        {lastMessage?.senderType === "OWNER" && "You: "}
        {lastMessage?.content ?? "No messages"}
      </span>
      {unreadCount > 0 && (
        <span class="badge">
          {unreadCount}
          <span class="visually-hidden"> unread</span>
        </span>
      )}
    </>
  );
}

function ListNotice({ state }: { readonly state: ConsoleState }) {
  const { sessions, listing, search, integrationId, integrations } = state;
  if (listing === "failed") {
    return (
      <p class="list-notice trouble" role="alert">
        The platform does not answer. The list is loaded again when the connection is back.
      </p>
    );
  }
  if (listing === "loading" || sessions.length > 0) return null;
  if (search.trim() !== "") return <p class="list-notice">Nothing matches “{search.trim()}”.</p>;
  const projectUid = integrations.find(({ id }) => id === integrationId)?.projectUid;
  return (
    <div class="list-notice">
      <p>No conversations yet. The first message of a visitor opens one.</p>
      <p>
        Project <code>{projectUid}</code>
      </p>
      <p>
        Integration <code>{integrationId}</code>
      </p>
    </div>
  );
}

function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button.matches(":focus"));
  const targets: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  buttons.at(event.key === "End" ? -1 : Math.max(0, target))?.focus();
}
