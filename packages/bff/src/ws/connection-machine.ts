import {
  assertNever,
  CLOSE,
  type ClientFrame,
  type HelloFrame,
  type ServerFrame,
} from "@mailoo-chat/protocol";
import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";
import type { FeedEnd } from "../feed/feed-machine.ts";

/**
 * The rules of a browser's socket, as a pure state machine. `chat-socket.ts` turns frames, tokens, feeds and timers into events,
 * and runs the effects.
 */
export type ConnectionState =
  | { readonly name: "awaiting-hello" }
  /** The token is verified, and the feed subscribed to. */
  | { readonly name: "joining" }
  | { readonly name: "ready"; readonly pingUnanswered: boolean }
  | { readonly name: "closed" };

export type ConnectionEvent =
  | { readonly type: "frame"; readonly frame: ClientFrameVerdict }
  | { readonly type: "binary" }
  | { readonly type: "too-many-frames" }
  | { readonly type: "hello-timeout" }
  | { readonly type: "rejected"; readonly why: Rejection }
  | { readonly type: "joined"; readonly ready: ServerFrame }
  | { readonly type: "heartbeat" }
  | { readonly type: "token-expired" }
  | { readonly type: "ended"; readonly reason: FeedEnd }
  /** More waits to be sent than is kept for one browser. */
  | { readonly type: "stalled" }
  /** A message could not be sent. */
  | { readonly type: "failed" }
  | { readonly type: "drain"; readonly afterMs: number }
  /** The connection is closed, by either side. */
  | { readonly type: "gone" };

/** Why a hello was refused. */
export type Rejection = "token" | "session-unknown" | "since" | "too-many" | "overloaded" | "draining";

export type ConnectionEffect =
  | { readonly type: "join"; readonly hello: HelloFrame }
  | { readonly type: "send"; readonly frame: ServerFrame }
  | { readonly type: "close"; readonly code: number }
  /** Without a close frame, because the peer does not read. */
  | { readonly type: "terminate" };

export type Transition = readonly [ConnectionState, readonly ConnectionEffect[]];

export const AWAITING_HELLO: ConnectionState = { name: "awaiting-hello" };
const JOINING: ConnectionState = { name: "joining" };
const READY: ConnectionState = { name: "ready", pingUnanswered: false };
const PINGED: ConnectionState = { name: "ready", pingUnanswered: true };
const CLOSED: ConnectionState = { name: "closed" };

export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  if (state.name === "closed") return [CLOSED, []];
  switch (event.type) {
    case "frame":
      return onFrame(state, event.frame);
    case "binary":
      return closed(CLOSE.unsupportedData);
    case "too-many-frames":
      return closed(CLOSE.tooMany);
    case "hello-timeout":
      return state.name === "awaiting-hello" ? closed(CLOSE.helloTimeout) : [state, []];
    case "rejected":
      return closed(REJECTION_CODES[event.why]);
    case "joined":
      return state.name === "joining" ? [READY, [{ type: "send", frame: event.ready }]] : [state, []];
    case "heartbeat":
      if (state.name !== "ready") return [state, []];
      // The kernel buffers megabytes that `bufferedAmount` does not show, so a stalled browser is noticed here.
      return state.pingUnanswered
        ? [CLOSED, [{ type: "terminate" }]]
        : [PINGED, [{ type: "send", frame: { type: "ping" } }]];
    case "token-expired":
      return closed(CLOSE.tokenRejected);
    case "ended":
      return event.reason === "closed"
        ? [CLOSED, [SESSION_CLOSED, { type: "close", code: CLOSE.sessionClosed }]]
        : closed(CLOSE.sessionNotFound);
    case "failed":
      return [CLOSED, [{ type: "terminate" }]];
    case "stalled":
      return closed(CLOSE.tryAgainLater);
    case "drain":
      return [
        CLOSED,
        [
          { type: "send", frame: { type: "reconnect", afterMs: event.afterMs } },
          { type: "close", code: CLOSE.serviceRestart },
        ],
      ];
    case "gone":
      return [CLOSED, []];
    default:
      return assertNever(event);
  }
}

const SESSION_CLOSED: ConnectionEffect = { type: "send", frame: { type: "session", state: "closed" } };

const REJECTION_CODES: Readonly<Record<Rejection, number>> = {
  token: CLOSE.tokenRejected,
  "session-unknown": CLOSE.sessionNotFound,
  since: CLOSE.malformedFrame,
  "too-many": CLOSE.tooMany,
  overloaded: CLOSE.tryAgainLater,
  draining: CLOSE.serviceRestart,
};

function onFrame(state: ConnectionState, frame: ClientFrameVerdict): Transition {
  switch (frame.type) {
    case "hello":
      return state.name === "awaiting-hello"
        ? [JOINING, [{ type: "join", hello: frame }]]
        : closed(CLOSE.malformedFrame);
    case "pong":
      return [state.name === "ready" ? READY : state, []];
    case "ignored":
      return [state, []];
    case "malformed":
      return closed(CLOSE.malformedFrame);
    case "tokenless":
      return closed(CLOSE.tokenRejected);
    default:
      return assertNever(frame);
  }
}

function closed(code: number): Transition {
  return [CLOSED, [{ type: "close", code }]];
}

/** `ignored`: well formed, of an unknown type. `tokenless`: a hello without a token. */
export type ClientFrameVerdict = ClientFrame | { readonly type: "ignored" | "malformed" | "tokenless" };

export function parseClientFrame(text: string): ClientFrameVerdict {
  const frame = parseJson(text);
  if (typeof frame !== "object" || frame === null || !("type" in frame)) return { type: "malformed" };
  if (typeof frame.type !== "string") return { type: "malformed" };
  if (!KNOWN_TYPES.has(frame.type)) return { type: "ignored" };
  const parsed = clientFrameSchema.safeParse(frame);
  if (parsed.success) return parsed.data;
  return { type: parsed.error.issues.some(({ path }) => path[0] === "token") ? "tokenless" : "malformed" };
}

const KNOWN_TYPES = new Set<string>(clientFrameSchema.options.flatMap(({ shape }) => [...shape.type.values]));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
