import { useEffect, useRef, useState } from "preact/hooks";
import { createApiClient } from "../api-client.ts";
import { createChime } from "../chime.ts";
import { type ConsoleController, createConsoleController } from "../console-controller.ts";
import { createPreference } from "../preference.ts";
import { ConversationPane } from "./conversation-pane.tsx";
import { SessionPane } from "./session-pane.tsx";
import { TopBar } from "./top-bar.tsx";

export interface ConsoleProps {
  readonly token: string;
  readonly onSignedOut: () => void;
}

const soundPreference = createPreference("sound", true);

/** The console of a signed-in owner. */
export function Console({ token, onSignedOut }: ConsoleProps) {
  const [controller, setController] = useState<ConsoleController | null>(null);

  useEffect(() => {
    const chime = createChime();
    const started = createConsoleController({
      api: createApiClient(token),
      token,
      onVisitorMessage() {
        if (soundPreference.get()) chime();
      },
      onSignedOut,
    });
    setController(started);
    return () => started.stop();
  }, [token]);

  return controller === null ? null : <Desk controller={controller} />;
}

function Desk({ controller }: { readonly controller: ConsoleController }) {
  const [state, setState] = useState(controller.state);
  const [soundOn, setSoundOn] = useState(soundPreference.get());
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => {
    setState(controller.state);
    return controller.subscribe(() => setState(controller.state));
  }, [controller]);

  const unread = state.sessions.items.reduce((sum, session) => sum + session.unreadCount, 0);
  useEffect(() => {
    document.title = unread === 0 ? "Mailoo console" : `(${unread}) Mailoo console`;
  }, [unread]);

  useEffect(() => {
    function focusSearch(event: KeyboardEvent): void {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.current?.focus();
    }
    document.addEventListener("keydown", focusSearch);
    return () => document.removeEventListener("keydown", focusSearch);
  }, []);

  return (
    <div class="console" data-view={state.conversation === null ? "list" : "conversation"}>
      <TopBar
        state={state}
        controller={controller}
        soundOn={soundOn}
        onSound={(on) => {
          soundPreference.set(on);
          setSoundOn(on);
        }}
      />
      <main class="panes">
        <h1 class="visually-hidden">Owner console</h1>
        <SessionPane state={state} controller={controller} searchRef={search} />
        <ConversationPane state={state} controller={controller} />
      </main>
    </div>
  );
}
