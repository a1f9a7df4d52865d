import { EventEmitter } from "node:events";
import { type ClientFrame, HELLO_TIMEOUT_MS, type ServerFrame } from "@mailoo-chat/protocol";
import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import type { SessionTokens } from "../auth/session-tokens.ts";
import type { FeedSubscription } from "../feed/registry.ts";
import type { FeedSubscriber } from "../feed/subscription.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { silentTelemetry } from "../lib/telemetry.ts";
import { ChatSocket, type ChatSocketDeps, parseClientFrame } from "./chat-socket.ts";

/** The server's end of a socket, as `ws` has it. */
class FakeWebSocket extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: ServerFrame[] = [];
  /** What ended it: a close code, or `terminated`. */
  ended: number | "terminated" | null = null;

  send(frame: string | Buffer): void {
    this.sent.push(JSON.parse(frame.toString()));
  }

  close(code: number): void {
    this.ended ??= code;
    this.readyState = 2;
  }

  terminate(): void {
    this.ended ??= "terminated";
    this.readyState = 3;
  }
}

/** A browser's socket, and what it is connected to. */
class Connection {
  readonly socket = new FakeWebSocket();
  readonly unsubscribe = vi.fn();
  readonly onReady = vi.fn();
  readonly chat: ChatSocket;
  subscriber: FeedSubscriber | null = null;
  subscribed: Promise<FeedSubscription>;

  constructor(deps: Partial<ChatSocketDeps> = {}, { tokenExpiresInMs = 86_400_000 } = {}) {
    const subscription: FeedSubscription = {
      page: { messages: [], cursor: null, more: false, truncated: false },
      upstream: "ok",
      close: this.unsubscribe,
    };
    this.subscribed = Promise.resolve(subscription);
    const verified = {
      sessionPublicId: "s",
      issuedAtMs: 0,
      expiresAtMs: Date.now() + tokenExpiresInMs,
      stale: false,
      identified: false,
      opened: false,
      owner: null,
    };
    const tokens: SessionTokens = { verify: async () => verified, issue: () => Promise.reject(new Error()) };
    const from = { origin: "https://site.example", addressBlock: "192.0.2.1" };
    this.chat = new ChatSocket(
      this.socket as unknown as WebSocket,
      {
        tokens,
        feeds: {
          subscribe: (_session, _since, subscriber) => {
            this.subscriber = subscriber;
            return this.subscribed;
          },
        },
        telemetry: silentTelemetry,
        log: pino({ level: "silent" }),
        frameLimit: null,
        refusal: () => null,
        status: async () => "online",
        frameMessage: (message, cursor) => Buffer.from(JSON.stringify({ type: "message", message, cursor })),
        acquireSession: () => true,
        onSessionOver() {},
        onReady: this.onReady,
        onClosing() {},
        onGone() {},
        ...deps,
      },
      from,
    );
  }

  receive(frame: ClientFrame | { type: string }): void {
    this.receiveText(JSON.stringify(frame));
  }

  receiveText(text: string, isBinary = false): void {
    this.socket.emit("message", Buffer.from(text), isBinary);
  }

  /** Resolves when it has joined its feed, or was refused. */
  async hello(): Promise<this> {
    this.receive(HELLO);
    await vi.advanceTimersByTimeAsync(0);
    return this;
  }

  get pings(): number {
    return this.socket.sent.filter(({ type }) => type === "ping").length;
  }
}

const HELLO: ClientFrame = { type: "hello", token: "t" };
const MESSAGE = { id: "m", author: "owner", content: "hi", createdAt: "2026-06-01T12:00:00Z" } as const;
const refused = (code: ConstructorParameters<typeof ProblemError>[0]) => () => new ProblemError(code);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a browser's socket", () => {
  it("joins on hello, is ready when it has subscribed to the feed, and then says who is there", async () => {
    const { socket, onReady, chat } = await new Connection().hello();
    expect(socket.sent).toEqual([
      {
        type: "ready",
        messages: [],
        cursor: null,
        more: false,
        truncated: false,
        heartbeatMs: 20_000,
        upstream: "ok",
      },
      { type: "status", status: "online" },
    ]);
    expect(onReady).toHaveBeenCalledExactlyOnceWith(chat);
  });

  it("pings, and stays open while each ping is answered", async () => {
    const connection = await new Connection().hello();
    for (let turn = 0; turn < 2; turn += 1) {
      connection.chat.beat();
      connection.receive({ type: "pong" });
    }
    expect(connection.pings).toBe(2);
    expect(connection.socket.ended).toBeNull();
  });

  it("[SOCKET-4] is terminated after an unanswered ping", async () => {
    const { chat, socket, unsubscribe } = await new Connection().hello();
    chat.beat();
    chat.beat();
    expect(socket.ended).toBe("terminated");
    expect(unsubscribe).toHaveBeenCalled();
  });

  it("is not pinged before it is ready", () => {
    const connection = new Connection();
    connection.receive(HELLO);
    connection.chat.beat();
    connection.chat.beat();
    expect(connection.pings).toBe(0);
    expect(connection.socket.ended).toBeNull();
  });

  it("ends a subscription that comes after it has closed", async () => {
    const connection = new Connection();
    const { promise, resolve } = Promise.withResolvers<FeedSubscription>();
    const subscription = await connection.subscribed;
    connection.subscribed = promise;
    await connection.hello();
    connection.socket.emit("close", 1006);
    resolve(subscription);
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.socket.sent).toEqual([]);
    expect(connection.onReady).not.toHaveBeenCalled();
    expect(connection.unsubscribe).toHaveBeenCalled();
  });

  it.each<[string, () => Connection | Promise<Connection>, number]>([
    [
      "no hello in time",
      async () => {
        const connection = new Connection();
        await vi.advanceTimersByTimeAsync(HELLO_TIMEOUT_MS);
        return connection;
      },
      4408,
    ],
    ["a binary frame", () => receiving("{}", true), 1003],
    ["a malformed frame", () => receiving("{"), 4400],
    ["a hello without a token", () => receiving('{"type":"hello"}'), 4401],
    [
      "a second hello",
      () => {
        const connection = receiving(JSON.stringify(HELLO));
        connection.receive(HELLO);
        return connection;
      },
      4400,
    ],
    ["a refused token", () => new Connection({ refusal: refused("session_token_invalid") }).hello(), 4401],
    ["an unknown session", () => new Connection({ refusal: refused("session_not_found") }).hello(), 4404],
    ["a closed session", () => new Connection({ refusal: refused("session_closed") }).hello(), 4410],
    [
      "a since that makes no sense",
      async () => {
        const connection = receiving('{"type":"hello","token":"t","since":"yesterday"}');
        await vi.advanceTimersByTimeAsync(0);
        return connection;
      },
      4400,
    ],
    ["too many sockets of the session", () => new Connection({ acquireSession: () => false }).hello(), 4429],
    ["an overloaded server", () => new Connection({ refusal: refused("overloaded") }).hello(), 1013],
    ["a server that drains", () => new Connection({ refusal: refused("draining") }).hello(), 1012],
    [
      "too many frames",
      async () => {
        const connection = await new Connection({ frameLimit: { count: 2, seconds: 10 } }).hello();
        for (let pong = 0; pong < 2; pong += 1) connection.receive({ type: "pong" });
        return connection;
      },
      4429,
    ],
    [
      "a token that has run out",
      async () => {
        const connection = await new Connection({}, { tokenExpiresInMs: 5_000 }).hello();
        await vi.advanceTimersByTimeAsync(5_000);
        return connection;
      },
      4401,
    ],
    [
      "a session that the platform has forgotten",
      async () => {
        const connection = await new Connection().hello();
        connection.subscriber?.onEnded("session-unknown");
        return connection;
      },
      4404,
    ],
    [
      "a browser that stalls",
      async () => {
        const connection = await new Connection().hello();
        connection.socket.bufferedAmount = 2 * 1024 * 1024;
        connection.subscriber?.onMessage(MESSAGE, "c1.AAAA");
        return connection;
      },
      1013,
    ],
  ])("closes for %s", async (_why, happen, code) => {
    const { socket, chat } = await happen();
    expect(socket.ended).toBe(code);
    expect(chat.closeCode).toBe(code);
  });

  it("announces that the session is closed before it closes", async () => {
    const { socket, subscriber } = await new Connection().hello();
    subscriber?.onEnded("closed");
    expect(socket.sent.at(-1)).toEqual({ type: "session", state: "closed" });
    expect(socket.ended).toBe(4410);
  });

  it("says when to reconnect before a drain closes it", async () => {
    const { socket, chat } = await new Connection().hello();
    chat.drain(1234);
    expect(socket.sent.at(-1)).toEqual({ type: "reconnect", afterMs: 1234 });
    expect(socket.ended).toBe(1012);
  });

  it("is terminated if a message could not be sent, so that the browser resumes", async () => {
    const { socket, subscriber } = await new Connection().hello();
    subscriber?.onFailed(new Error("no memory"));
    expect(socket.ended).toBe("terminated");
  });

  it("does nothing more once it is closed", async () => {
    const connection = receiving("{");
    const { socket, chat } = connection;
    socket.readyState = 1;
    await connection.hello();
    chat.beat();
    connection.receiveText("{}", true);
    chat.drain(0);
    await vi.advanceTimersByTimeAsync(HELLO_TIMEOUT_MS);
    expect(socket.sent).toEqual([]);
    expect(chat.closeCode).toBe(4400);
    expect(connection.subscriber).toBeNull();
  });

  it("ignores frames of unknown types at any time", async () => {
    const connection = receiving('{"type":"typing"}');
    await connection.hello();
    connection.receive({ type: "typing" });
    expect(connection.socket.sent[0]?.type).toBe("ready");
    expect(connection.socket.ended).toBeNull();
  });

  it("has no hello timeout after hello", async () => {
    const connection = new Connection();
    connection.subscribed = new Promise(() => {});
    await connection.hello();
    await vi.advanceTimersByTimeAsync(HELLO_TIMEOUT_MS);
    expect(connection.socket.ended).toBeNull();
  });
});

function receiving(text: string, isBinary = false): Connection {
  const connection = new Connection();
  connection.receiveText(text, isBinary);
  return connection;
}

describe("a client's frame", () => {
  it.each([
    { type: "hello", token: "t" },
    { type: "hello", token: "t", since: "c1.x" },
    { type: "hello", token: "t", since: "c1.x", pages: true },
    { type: "pong" },
  ])("%j is parsed as by the protocol's schema", (frame) => {
    expect(parseClientFrame(JSON.stringify(frame))).toEqual(clientFrameSchema.parse(frame));
  });

  it.each([
    ["", "malformed"],
    ["{", "malformed"],
    ["[]", "malformed"],
    ["null", "malformed"],
    ['"hello"', "malformed"],
    ["{}", "malformed"],
    ['{"type":1}', "malformed"],
    ['{"type":"hello","token":"t","since":5}', "malformed"],
    ['{"type":"hello","token":"t","since":""}', "malformed"],
    [`{"type":"hello","token":"t","since":"${"x".repeat(1025)}"}`, "malformed"],
    ['{"type":"hello"}', "tokenless"],
    ['{"type":"hello","token":""}', "tokenless"],
    ['{"type":"hello","token":["t"]}', "tokenless"],
    [`{"type":"hello","token":"${"t".repeat(2049)}"}`, "tokenless"],
    ['{"type":"typing"}', "ignored"],
    ['{"type":"__proto__","__proto__":{"type":"hello"}}', "ignored"],
  ])("%j is %s", (text, type) => {
    expect(parseClientFrame(text)).toEqual({ type });
  });
});
