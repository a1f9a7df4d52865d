import type { ChatConfig } from "@mailoo-chat/protocol";
import { type BrowserWindow, type ChatClient, createChatClient } from "@mailoo-chat/widget/client";
import { WebSocket as NodeSocket } from "ws";
import { createMemoryStorage } from "./memory-storage.ts";

export interface VisitorOptions {
  readonly baseUrl: string;
  /** The page's. */
  readonly origin: string;
  /** Shared with the visitor's other tabs, and with this one before a reload. @default an empty one */
  readonly storage?: Storage;
  /** Overrides the transports that the BFF offers. @default the BFF's configuration */
  readonly realtime?: Partial<ChatConfig["realtime"]>;
}

/** The widget's own client in Node: a real network without a page. Disposing of it closes it. */
export interface Visitor extends Disposable {
  readonly client: ChatClient;
  readonly storage: Storage;
  /** Contents of the messages that are confirmed, in the order in which they are shown. */
  confirmed(): readonly string[];
  /** Like the browser's `online` event: waiting retries start at once. */
  goOnline(): void;
  /** When it tried to connect, by socket or by a first poll: epoch milliseconds. */
  readonly dialsAtMs: readonly number[];
}

export function createVisitor(options: VisitorOptions): Visitor {
  const { baseUrl, origin, storage = createMemoryStorage(), realtime = {} } = options;
  const dialsAtMs: number[] = [];
  const page = new EventTarget();

  /** Names the page's origin, as a browser does. */
  class PageSocket extends NodeSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { origin, perMessageDeflate: false });
      dialsAtMs.push(Date.now());
      // The client handles the close event that follows.
      this.on("error", () => {});
    }
  }

  // The part of `window` that the client needs.
  const window = {
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const url = String(input);
      const isDial = url.includes("/messages") && client.state.connection.name === "connecting";
      if (isDial) dialsAtMs.push(Date.now());
      const answer = await fetch(url, { ...init, headers: { ...init?.headers, origin } });
      return url.endsWith("/config") && answer.ok ? offer(answer, realtime) : answer;
    },
    // Node's socket has the browser's properties and methods, as far as the client uses them.
    WebSocket: PageSocket as unknown as typeof WebSocket,
    localStorage: storage,
    crypto,
    // No locks and channels: visitors of other browsers would share those of this process.
    navigator: { onLine: true },
    document: { hidden: false },
    performance,
    setTimeout: (action: () => void, inMs: number) => Number(setTimeout(action, inMs)),
    clearTimeout: (timer: number) => clearTimeout(timer),
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  };
  const client = createChatClient({ baseUrl, window: window satisfies BrowserWindow });
  return {
    client,
    storage,
    confirmed: () =>
      client.state.timeline.filter((entry) => entry.state === "sent").map((entry) => entry.content),
    goOnline: () => page.dispatchEvent(new Event("online")),
    dialsAtMs,
    [Symbol.dispose]: () => client.close(),
  };
}

/** The BFF's configuration with other transports. */
async function offer(answer: Response, realtime: Partial<ChatConfig["realtime"]>): Promise<Response> {
  const config = (await answer.json()) as ChatConfig; // the BFF's own, checked elsewhere
  return Response.json({ ...config, realtime: { ...config.realtime, ...realtime } });
}
