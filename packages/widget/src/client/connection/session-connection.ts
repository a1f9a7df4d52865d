import { type ChatConfig, ROUTES } from "@mailoo-chat/protocol";
import type { Browser } from "../browser.ts";
import type { ConfigLoader } from "../config-loader.ts";
import { toSince, withoutSince } from "../conversation.ts";
import type { Inbox } from "../inbox.ts";
import { createMessageReader } from "../message-reader.ts";
import type { ChatStorage } from "../storage.ts";
import { readSession } from "../stored-session.ts";
import type { TabSync } from "../tab-sync.ts";
import { type Connection, type ConnectionPort, createConnection } from "./connection.ts";
import { toEnd } from "./end-reason.ts";
import { dialPoll } from "./poll.ts";
import { toTransports } from "./rules.ts";
import { dialSocket } from "./socket.ts";

/** The connection of the stored session: reads on where the conversation ends, by whatever transport there is. */
export function createSessionConnection(
  browser: Browser,
  storage: ChatStorage,
  baseUrl: string,
  configLoader: ConfigLoader,
  inbox: Inbox,
  tabs: TabSync,
  onChange: ConnectionPort["onChange"],
): Connection {
  const reader = createMessageReader(browser, {
    toPlace() {
      // If the session is gone, this stops the connection and with it the request.
      tabs.verify();
      const { token, sessionPublicId } = readSession(storage);
      const url = `${baseUrl}${ROUTES.messages}?sessionPublicId=${encodeURIComponent(`${sessionPublicId}`)}`;
      return { url, token, since: toSince(inbox.conversation) };
    },
    onRefused: () => inbox.change(withoutSince(inbox.conversation)),
    onLate({ body, code }, { since }) {
      // The cursor may have moved on since then.
      if (body)
        inbox.receive({ ...body, cursor: since === toSince(inbox.conversation) ? body.cursor : null });
      else if (toEnd(code)) connection.lose("lost", 0, toEnd(code));
    },
  });

  const toHello = () =>
    JSON.stringify({
      type: "hello",
      token: readSession(storage).token,
      since: toSince(inbox.conversation) ?? undefined,
      pages: true,
    });

  // Nothing is dialled before the configuration is loaded.
  const toRealtime = () => (configLoader.config as ChatConfig).realtime;

  const connection = createConnection(browser, reader, {
    toTransports: () => toTransports(toRealtime()),
    dial(transport, callbacks) {
      const { ws, longPollSeconds } = toRealtime();
      if (transport === "socket") {
        const { href } = new URL(`${ws}`, baseUrl + ROUTES.config);
        dialSocket(browser, href.replace(/^http/, "ws"), toHello, callbacks);
      } else {
        dialPoll(browser, transport === "poll" ? 0 : longPollSeconds, callbacks);
      }
    },
    deliver: inbox.receive,
    onChange,
  });
  return connection;
}
