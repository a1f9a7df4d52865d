import { type MessageFrame, type ReadyFrame, type ServerFrame, SUBPROTOCOL } from "@mailoo-chat/protocol";
import { serverFrameSchema } from "@mailoo-chat/protocol/schemas";
import { WebSocket } from "ws";

export interface OpenSocketOptions {
  readonly origin?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser's socket: keeps every frame, and waits for those that a test asks for. */
export interface BrowserSocket {
  /** The bare socket, for what browsers do not do. */
  readonly raw: WebSocket;
  readonly frames: readonly ServerFrame[];
  hello(token: string, since?: string): void;
  /** A string goes out as it is. */
  send(frame: unknown): void;
  opened(): Promise<void>;
  /** The status and body of a refused upgrade. */
  refused(): Promise<{
    readonly status: number;
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly body: string;
  }>;
  ready(): Promise<ReadyFrame>;
  /** The first frame of a type that matches, seen already or still to come. */
  frame<Type extends ServerFrame["type"]>(
    type: Type,
    matches?: (frame: Extract<ServerFrame, { type: Type }>) => boolean,
  ): Promise<Extract<ServerFrame, { type: Type }>>;
  message(content: string): Promise<MessageFrame>;
  /** The close code. */
  closed(): Promise<number>;
  close(): void;
}

export function openBrowserSocket(url: string, options: OpenSocketOptions = {}): BrowserSocket {
  const { origin, protocols = [SUBPROTOCOL], headers = {} } = options;
  const raw = new WebSocket(url, [...protocols], { ...(origin !== undefined && { origin }), headers });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const notify = () => {
    for (const check of [...waiting]) check();
  };
  raw.on("message", (data) => {
    frames.push(serverFrameSchema.parse(JSON.parse(data.toString())) as ServerFrame);
    notify();
  });
  const closed = new Promise<number>((resolve) => raw.once("close", resolve));
  const opened = new Promise<void>((resolve, reject) => {
    raw.once("open", resolve);
    raw.once("error", reject);
  });
  opened.catch(() => {});
  const refused: ReturnType<BrowserSocket["refused"]> = new Promise((resolve) => {
    raw.once("unexpected-response", async (_request, response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      raw.terminate();
    });
  });
  raw.on("error", () => {});

  const frame: BrowserSocket["frame"] = (type, matches = () => true) =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = frames.find(
          (candidate): candidate is Extract<ServerFrame, { type: typeof type }> =>
            candidate.type === type && matches(candidate as Extract<ServerFrame, { type: typeof type }>),
        );
        if (!found) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      void closed.then((code) => reject(new Error(`closed with ${code} before a ${type} frame came`)));
      check();
    });

  return {
    raw,
    frames,
    send: (value) => raw.send(typeof value === "string" ? value : JSON.stringify(value)),
    hello(token, since) {
      raw.send(JSON.stringify({ type: "hello", token, ...(since !== undefined && { since }) }));
    },
    opened: () => opened,
    refused: () => refused,
    ready: () => frame("ready"),
    frame,
    message: (content) => frame("message", ({ message }) => message.content === content),
    closed: () => closed,
    close: () => raw.terminate(),
  };
}
