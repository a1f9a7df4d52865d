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
 * What a browser's socket may do next, as a pure machine. The shell (`chat-socket.ts`) turns sockets, tokens, feeds and
 * clocks into events and runs the effects; it holds no rule of its own.
 */
export type ConnectionState =
  | { readonly name: "awaiting-hello" }
  /** The hello is being verified and the feed joined. */
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
  /** More waits to be sent than we keep for one reader. */
  | { readonly type: "stalled" }
  /** Something that was to be sent could not be. */
  | { readonly type: "failed" }
  | { readonly type: "drain"; readonly afterMs: number }
  /** The transport is gone, whoever closed it. */
  | { readonly type: "gone" };

/** Why a hello did not lead to a feed. */
export type Rejection = "token" | "session-unknown" | "since" | "too-many" | "overloaded" | "draining";

export type ConnectionEffect =
  | { readonly type: "join"; readonly hello: HelloFrame }
  | { readonly type: "send"; readonly frame: ServerFrame }
  | { readonly type: "close"; readonly code: number }
  /** No farewell: nobody reads it. */
  | { readonly type: "terminate" };

export type Transition = readonly [ConnectionState, readonly ConnectionEffect[]];

export const AWAITING_HELLO: ConnectionState = { name: "awaiting-hello" };
const JOINING: ConnectionState = { name: "joining" };
const READY: ConnectionState = { name: "ready", pingUnanswered: false };
const PINGED: ConnectionState = { name: "ready", pingUnanswered: true };
const CLOSED: ConnectionState = { name: "closed" };

const NOTHING: readonly ConnectionEffect[] = [];
const SEND_PING: readonly ConnectionEffect[] = [{ type: "send", frame: { type: "ping" } }];

export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  if (state.name === "closed") return [CLOSED, NOTHING];
  switch (event.type) {
    case "frame":
      return onFrame(state, event.frame);
    case "binary":
      return closed(CLOSE.unsupportedData);
    case "too-many-frames":
      return closed(CLOSE.tooMany);
    case "hello-timeout":
      return state.name === "awaiting-hello" ? closed(CLOSE.helloTimeout) : [state, NOTHING];
    case "rejected":
      return closed(REJECTION_CODES[event.why]);
    case "joined":
      return state.name === "joining" ? [READY, [{ type: "send", frame: event.ready }]] : [state, NOTHING];
    case "heartbeat":
      if (state.name !== "ready") return [state, NOTHING];
      // The kernel hides some megabytes from `bufferedAmount`: a reader that has stalled shows here.
      return state.pingUnanswered ? [CLOSED, [{ type: "terminate" }]] : [PINGED, SEND_PING];
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
      return [CLOSED, NOTHING];
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
      return [state.name === "ready" ? READY : state, NOTHING];
    case "ignored":
      return [state, NOTHING];
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

/** `ignored`: well formed, of a type that we do not know. `tokenless`: a hello without a token. */
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
