import type { ChatConfig } from "@mailoo-chat/protocol";
import type { TransportName } from "./chat-client.ts";
import { dialPoll } from "./poll-transport.ts";
import { dialSocket } from "./socket-transport.ts";
import type { Dialled, TransportPort } from "./transport.ts";

/** Dials a transport as soon as the configuration says where, and whether it is offered. */
export function dialTransport(
  transport: TransportName,
  configUrl: string,
  loading: Promise<ChatConfig | null>,
  port: TransportPort,
): Dialled {
  let closed = false;
  let dialled: Dialled | undefined;
  void loading.then((config) => {
    if (closed) return;
    if (!config) return port.tell({ type: "lost", cause: "refused" });
    const { ws, longPollSeconds } = config.realtime;
    if (transport === "poll") dialled = dialPoll(port, 0);
    else if (transport === "long-poll" && longPollSeconds) dialled = dialPoll(port, longPollSeconds);
    else if (transport === "socket" && ws) {
      dialled = dialSocket(port, new URL(ws, configUrl).href.replace(/^http/, "ws"));
    } else port.tell({ type: "lost", cause: "unavailable" });
  });
  return {
    close() {
      closed = true;
      dialled?.close();
    },
  };
}
