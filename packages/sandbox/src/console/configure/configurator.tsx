import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icon.tsx";
import { RefusedError, request } from "../wire.ts";
import { ChatServerForm } from "./chat-server-form.tsx";
import { CodePane } from "./code-pane.tsx";
import { DEFAULT_LOOK, parseHash, toHash, toOptions, toProperties } from "./look.ts";
import { LookForm } from "./look-form.tsx";
import { Preview } from "./preview.tsx";
import { SYNTAX } from "./syntax.ts";

interface ConfiguratorProps {
  readonly token: string;
  readonly onSignedOut: () => void;
}

/** The chat server's address: unknown until the sandbox has said; null if it knows none. */
type ChatServer = { readonly url: string | null } | "loading" | "failed";

export function Configurator({ token, onSignedOut }: ConfiguratorProps) {
  const [server, setServer] = useState<ChatServer>("loading");

  function call(method: string, json?: unknown): Promise<void> {
    return request<{ url: string | null }>(token, method, "/console/chat-server", json).then(setServer);
  }

  useEffect(() => {
    call("GET").catch((error: unknown) => {
      if (error instanceof RefusedError && error.status === 401) onSignedOut();
      else setServer("failed");
    });
  }, [token]);

  return (
    <div class="configure">
      <header class="top-bar">
        <p class="brand">
          <Icon name="chat" /> Mailoo sandbox
        </p>
        <a href="/">Owner console</a>
      </header>
      {server === "failed" && (
        <p class="notice trouble" role="alert">
          The sandbox does not answer. Reload the page when it runs.
        </p>
      )}
      {typeof server === "object" &&
        (server.url === null ? (
          <ChatServerForm onUrl={(url) => call("PUT", { url })} />
        ) : (
          <Workbench key={server.url} bff={server.url} onOtherServer={() => setServer({ url: null })} />
        ))}
    </div>
  );
}

interface WorkbenchProps {
  readonly bff: string;
  readonly onOtherServer: () => void;
}

/** The form, the preview and the code of one look. The look is kept in the page's address. */
function Workbench({ bff, onOtherServer }: WorkbenchProps) {
  const [look, setLook] = useState(() => parseHash(location.hash));
  const snippet = { bff, options: toOptions(look, SYNTAX), properties: toProperties(look) };

  useEffect(() => {
    const hash = toHash(look);
    // Some browsers limit how often the address may change.
    const timer = setTimeout(
      () => history.replaceState(null, "", hash === "" ? location.pathname : `#${hash}`),
      300,
    );
    return () => clearTimeout(timer);
  }, [look]);

  return (
    <main class="workbench">
      <div class="look-pane">
        <h1>Configure the widget</h1>
        <p class="hint">
          Chat server <code>{bff}</code>{" "}
          <button type="button" onClick={onOtherServer}>
            Change
          </button>
        </p>
        <LookForm
          look={look}
          onChange={(patch) => setLook((before) => ({ ...before, ...patch }))}
          onReset={() => setLook(DEFAULT_LOOK)}
        />
      </div>
      <Preview look={look} input={snippet} />
      <CodePane input={snippet} />
    </main>
  );
}
