import { randomBytes } from "node:crypto";
import type { ChatConfig } from "@mailoo-chat/protocol";
import { type ChatClient, createChatClient, type Platform } from "@mailoo-chat/widget/client";
import { WebSocket as NodeSocket } from "ws";
import { createMemoryStorage } from "./memory-storage.ts";

export interface VisitorOptions {
  readonly baseUrl: string;
  /** The page's. */
  readonly origin: string;
  /** Shared with the visitor's other tabs, and with this one before a reload. @default an empty one */
  readonly storage?: Storage;
  /** What the BFF is to offer, as one behind another proxy would. @default as it says itself */
  readonly realtime?: Partial<ChatConfig["realtime"]>;
  /** Draws for jitter. @default Math.random */
  readonly random?: () => number;
}

/** The widget's own client, in Node: the network is real, the page is not there. Disposing of it closes it. */
export interface Visitor extends Disposable {
  readonly client: ChatClient;
  readonly storage: Storage;
  /** Contents of the messages that are confirmed, in the order in which they are shown. */
  confirmed(): readonly string[];
  /** When it tried to connect, by socket or by a first poll: epoch milliseconds. */
  readonly dialsAtMs: readonly number[];
}

export function createVisitor(options: VisitorOptions): Visitor {
  const { baseUrl, origin, storage = createMemoryStorage(), realtime = {}, random = Math.random } = options;
  const dialsAtMs: number[] = [];
  const platform: Platform = {
    async fetch(url, init) {
      if (url.includes("/messages") && client.state.connection.name === "connecting")
        dialsAtMs.push(Date.now());
      const answer = await fetch(url, { ...init, headers: { ...init.headers, origin } });
      return url.endsWith("/config") && answer.ok ? offer(answer, realtime) : answer;
    },
    openSocket(url, protocol) {
      dialsAtMs.push(Date.now());
      const socket = new NodeSocket(url, protocol, { origin, perMessageDeflate: false });
      // The client hears of trouble by the close that follows.
      socket.on("error", () => {});
      // Node's socket has the browser's properties and methods, as far as the client uses them.
      return socket as unknown as WebSocket;
    },
    storage: () => storage,
    // The process's locks would be shared with visitors of other browsers.
    locks: undefined,
    openChannel: () => null,
    setTimer(callback, inMs) {
      const timer = setTimeout(callback, inMs);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    random,
    randomId: () => randomBytes(16).toString("hex"),
    isOnline: () => true,
    isHidden: () => false,
    onPageEvent: () => () => {},
  };
  const client = createChatClient({ baseUrl, platform });
  return {
    client,
    storage,
    confirmed: () =>
      client.state.timeline.filter((entry) => entry.state === "sent").map((entry) => entry.content),
    dialsAtMs,
    [Symbol.dispose]: () => client.close(),
  };
}

/** The BFF's configuration with another offer of transports. */
async function offer(answer: Response, realtime: Partial<ChatConfig["realtime"]>): Promise<Response> {
  const config = (await answer.json()) as ChatConfig; // the BFF's own, checked elsewhere
  return Response.json({ ...config, realtime: { ...config.realtime, ...realtime } });
}
