import type { ChatConfig } from "@mailoo-chat/protocol";
import type { TransportName } from "./chat-client.ts";
import { dialPoll } from "./poll-transport.ts";
import { dialSocket } from "./socket-transport.ts";
import type { Dialled, TransportPort } from "./transport.ts";

/** Dials a transport as soon as the configuration says where, and whether it is offered. */
export function dialTransport(
  transport: TransportName,
  baseUrl: string,
  loadConfig: () => Promise<ChatConfig | null>,
  toPort: (config: ChatConfig) => TransportPort,
  tell: TransportPort["tell"],
): Dialled {
  let over = false;
  let dialled: Dialled | undefined;
  void loadConfig().then((config) => {
    if (over) return;
    if (!config) {
      tell({ type: "lost", cause: "refused" });
      return;
    }
    const { ws, longPollSeconds } = config.realtime;
    if (transport === "socket" && ws) {
      const url = new URL(ws, `${baseUrl}/config`).href.replace(/^http/, "ws");
      dialled = dialSocket(toPort(config), url);
    } else if (transport === "poll" || (transport === "long-poll" && longPollSeconds)) {
      dialled = dialPoll(toPort(config), transport);
    } else {
      tell({ type: "lost", cause: "unavailable" });
    }
  });
  return {
    close() {
      over = true;
      dialled?.close();
    },
  };
}
