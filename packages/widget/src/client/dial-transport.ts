import type { ChatConfig } from "@mailoo-chat/protocol";
import type { TransportName } from "./chat-client.ts";
import { dialPoll } from "./poll-transport.ts";
import { dialSocket } from "./socket-transport.ts";
import type { Dialled, TransportPort } from "./transport.ts";

/** @param configUrl What the socket's address is resolved against. */
export function dialTransport(
  transport: TransportName,
  { ws, longPollSeconds }: ChatConfig["realtime"],
  configUrl: string,
  port: TransportPort,
): Dialled {
  if (transport === "poll") return dialPoll(port, 0);
  if (transport === "long-poll" && longPollSeconds) return dialPoll(port, longPollSeconds);
  if (transport === "socket" && ws) {
    return dialSocket(port, new URL(ws, configUrl).href.replace(/^http/, "ws"));
  }
  // Told later: no dial is over before its driver knows it.
  const stop = port.page.startTimer(() => port.tell({ type: "lost", cause: "unavailable" }), 0);
  return { close: stop };
}
