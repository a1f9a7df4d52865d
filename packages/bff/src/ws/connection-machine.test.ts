import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";
import { describe, expect, it } from "vitest";
import {
  AWAITING_HELLO,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  parseClientFrame,
  transition,
} from "./connection-machine.ts";

const READY_FRAME = {
  type: "ready",
  messages: [],
  cursor: null,
  more: false,
  truncated: false,
  heartbeatMs: 20_000,
  upstream: "ok",
} as const;

const hello: ConnectionEvent = { type: "frame", frame: { type: "hello", token: "t" } };
const joined: ConnectionEvent = { type: "joined", ready: READY_FRAME };
const heartbeat: ConnectionEvent = { type: "heartbeat" };
const pong: ConnectionEvent = { type: "frame", frame: { type: "pong" } };

/** Runs events in order and collects the effects of all. */
function run(...events: ConnectionEvent[]): { state: ConnectionState; effects: ConnectionEffect[] } {
  let state = AWAITING_HELLO;
  const effects: ConnectionEffect[] = [];
  for (const event of events) {
    const [next, more] = transition(state, event);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

const closes = (code: number): ConnectionEffect => ({ type: "close", code });

describe("a connection", () => {
  it("joins on hello and is ready when it has subscribed to the feed", () => {
    expect(run(hello, joined)).toEqual({
      state: { name: "ready", pingUnanswered: false },
      effects: [
        { type: "join", hello: { type: "hello", token: "t" } },
        { type: "send", frame: READY_FRAME },
      ],
    });
  });

  it("pings, and stays open while each ping is answered", () => {
    const { state, effects } = run(hello, joined, heartbeat, pong, heartbeat, pong);
    expect(state.name).toBe("ready");
    expect(effects.filter((effect) => effect.type === "send" && effect.frame.type === "ping")).toHaveLength(
      2,
    );
  });

  it("[SOCKET-4] is terminated after an unanswered ping", () => {
    const { state, effects } = run(hello, joined, heartbeat, heartbeat);
    expect(state.name).toBe("closed");
    expect(effects.at(-1)).toEqual({ type: "terminate" });
  });

  it("is not pinged before it is ready", () => {
    expect(run(hello, heartbeat, heartbeat).state.name).toBe("joining");
  });

  it("ignores a subscription that comes after it has closed", () => {
    expect(run(hello, { type: "gone" }, joined).effects).toEqual([
      { type: "join", hello: { type: "hello", token: "t" } },
    ]);
  });

  it.each<[string, ConnectionEvent[], number]>([
    ["no hello in time", [{ type: "hello-timeout" }], 4408],
    ["a binary frame", [{ type: "binary" }], 1003],
    ["a malformed frame", [{ type: "frame", frame: { type: "malformed" } }], 4400],
    ["a hello without a token", [{ type: "frame", frame: { type: "tokenless" } }], 4401],
    ["a second hello", [hello, hello], 4400],
    ["a refused token", [hello, { type: "rejected", why: "token" }], 4401],
    ["an unknown session", [hello, { type: "rejected", why: "session-unknown" }], 4404],
    ["a since that makes no sense", [hello, { type: "rejected", why: "since" }], 4400],
    ["too many sockets of the session", [hello, { type: "rejected", why: "too-many" }], 4429],
    ["an overloaded server", [hello, { type: "rejected", why: "overloaded" }], 1013],
    ["a server that drains", [hello, { type: "rejected", why: "draining" }], 1012],
    ["too many frames", [hello, joined, { type: "too-many-frames" }], 4429],
    ["a token that has run out", [hello, joined, { type: "token-expired" }], 4401],
    [
      "a session that the platform has forgotten",
      [hello, joined, { type: "ended", reason: "session-unknown" }],
      4404,
    ],
    ["a browser that stalls", [hello, joined, { type: "stalled" }], 1013],
  ])("closes for %s", (_why, events, code) => {
    const { state, effects } = run(...events);
    expect(state.name).toBe("closed");
    expect(effects.at(-1)).toEqual(closes(code));
  });

  it("announces that the session is closed before it closes", () => {
    expect(run(hello, joined, { type: "ended", reason: "closed" }).effects.slice(-2)).toEqual([
      { type: "send", frame: { type: "session", state: "closed" } },
      closes(4410),
    ]);
  });

  it("says when to reconnect before a drain closes it", () => {
    expect(run(hello, joined, { type: "drain", afterMs: 1234 }).effects.slice(-2)).toEqual([
      { type: "send", frame: { type: "reconnect", afterMs: 1234 } },
      closes(1012),
    ]);
  });

  it("is terminated if a message could not be sent, so that the browser resumes", () => {
    expect(run(hello, joined, { type: "failed" }).effects.at(-1)).toEqual({ type: "terminate" });
  });

  it("does nothing more once it is closed", () => {
    const events: ConnectionEvent[] = [
      hello,
      joined,
      heartbeat,
      pong,
      { type: "binary" },
      { type: "drain", afterMs: 0 },
    ];
    expect(run({ type: "hello-timeout" }, ...events).effects).toEqual([closes(4408)]);
  });

  it("ignores frames of unknown types at any time", () => {
    const ignored: ConnectionEvent = { type: "frame", frame: { type: "ignored" } };
    expect(run(ignored, hello, ignored, joined, ignored).state.name).toBe("ready");
  });

  it("has no hello timeout after hello", () => {
    expect(run(hello, { type: "hello-timeout" }).state.name).toBe("joining");
  });
});

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
