import { useEffect, useReducer, useState } from "preact/hooks";
import { type ConsoleState, type ConsoleStore, createConsoleStore } from "./console-store.ts";
import { ConversationPane } from "./conversation-pane.tsx";
import { Icon } from "./icon.tsx";
import { SessionPane } from "./session-pane.tsx";
import { SignedIn } from "./signed-in.tsx";
import type { Presence } from "./wire.ts";

export function App() {
  return (
    <SignedIn>
      {(token, onSignedOut) => <Console key={token} token={token} onSignedOut={onSignedOut} />}
    </SignedIn>
  );
}

interface ConsoleProps {
  readonly token: string;
  readonly onSignedOut: () => void;
}

function Console({ token, onSignedOut }: ConsoleProps) {
  const [store] = useState(() => createConsoleStore(token, onSignedOut));
  const [, render] = useReducer<number, void>((count) => count + 1, 0);
  const { state } = store;
  const unread = state.sessions.reduce((sum, { unreadCount }) => sum + unreadCount, 0);

  useEffect(() => store.start(() => render()), [store]);
  useEffect(() => {
    document.title = unread === 0 ? "Mailoo console" : `(${unread}) Mailoo console`;
  }, [unread]);

  return (
    <div class="console" data-view={state.conversation === null ? "list" : "conversation"}>
      <TopBar state={state} store={store} />
      <main class="panes">
        <h1 class="visually-hidden">Owner console</h1>
        <SessionPane state={state} store={store} />
        <ConversationPane state={state} store={store} />
      </main>
    </div>
  );
}

const LINK_TEXT = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };

function TopBar({ state, store }: { readonly state: ConsoleState; readonly store: ConsoleStore }) {
  const presence = state.integrations.find(({ id }) => id === state.integrationId)?.presence ?? "auto";
  return (
    <header class="top-bar">
      <p class="brand">
        <Icon name="chat" /> Mailoo sandbox
      </p>
      <a href="/configure/">Configure the widget</a>
      <select
        aria-label="Integration"
        value={state.integrationId}
        onFocus={() => store.refreshIntegrations()}
        onChange={(event) => store.chooseIntegration(event.currentTarget.value)}
      >
        {state.integrations.map(({ id, name, projectUid, unreadCount }) => (
          <option key={id} value={id} title={`${projectUid} / ${id}`}>
            {unreadCount === 0 || id === state.integrationId ? name : `${name} (${unreadCount} unread)`}
          </option>
        ))}
      </select>
      <select
        aria-label="Presence"
        value={presence}
        onChange={(event) => store.setPresence(event.currentTarget.value as Presence)}
      >
        <option value="auto">Online while I am here</option>
        <option value="online">Always online</option>
        <option value="away">Away</option>
      </select>
      <p class="link" role="status" data-link={state.link}>
        {LINK_TEXT[state.link]}
      </p>
    </header>
  );
}
