import {
  type ChatMessage,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  type HelloFrame,
  type PageFrame,
  type ReadyFrame,
} from "@mailoo-chat/protocol";
import { type RawData, WebSocket } from "ws";
import type { FeedEnd } from "../feed/feed-machine.ts";
import type { FeedSubscription } from "../feed/registry.ts";
import { parseResumePoint } from "../feed/resume-point.ts";
import type { FeedSubscriber } from "../feed/subscription.ts";
import { ProblemError } from "../lib/problem-error.ts";
import {
  AWAITING_HELLO,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  parseClientFrame,
  type Rejection,
  transition,
} from "./connection-machine.ts";
import type { SocketHub } from "./hub.ts";

/**
 * A browser's socket. It is the `ws` socket and the feed's listener in one object with shared methods, because ten
 * thousand of them lie idle: whatever each one holds is paid ten thousand times.
 */
export class ChatSocket extends WebSocket implements FeedSubscriber {
  #state: ConnectionState = AWAITING_HELLO;
  #hub: SocketHub | null = null;
  #origin = "";
  #addressBlock = "";
  #sessionPublicId: string | null = null;
  #subscription: FeedSubscription | null = null;
  #tokenExpiresAtMs = Number.POSITIVE_INFINITY;
  /** Runs out while we wait for hello; later, shortly before the token expires. */
  #timer: NodeJS.Timeout | undefined;
  #openedAtMs = 0;
  #frames = 0;
  #framesSinceMs = 0;
  #closeCode = 0;

  /** Called once, as soon as the upgrade is done. */
  begin(hub: SocketHub, origin: string, addressBlock: string): void {
    this.#hub = hub;
    this.#origin = origin;
    this.#addressBlock = addressBlock;
    this.#openedAtMs = performance.now();
    this.#timer = setTimeout(helloTimedOut, HELLO_TIMEOUT_MS, this);
    this.on("message", onMessage).on("close", onClose).on("error", onError);
    // No ping of WebSocket's own goes out: each pong is one that nobody asked for.
    this.on("ping", onControlFrame).on("pong", onControlFrame);
  }

  get addressBlock(): string {
    return this.#addressBlock;
  }

  get sessionPublicId(): string | null {
    return this.#sessionPublicId;
  }

  /** 0 while the socket is open. */
  get closeCode(): number {
    return this.#closeCode;
  }

  /** On the clock of `performance.now()`. */
  get openedAtMs(): number {
    return this.#openedAtMs;
  }

  get isReady(): boolean {
    return this.#state.name === "ready";
  }

  dispatch(event: ConnectionEvent): void {
    const [state, effects] = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (state.name === "closed") this.#release();
  }

  /** The transport is gone: nothing of us remains. */
  end(code: number): void {
    // Ours, where we closed: a peer that does not answer would make it 1006.
    if (this.#closeCode === 0) this.#closeCode = code;
    this.dispatch({ type: "gone" });
    this.#hub?.leave(this);
    this.#hub = null;
  }

  /** From the feed. */
  onMessage(message: ChatMessage, cursor: string): void {
    if (this.isReady && this.#hub) this.#write(this.#hub.frameMessage(message, cursor));
  }

  /** From the feed. */
  onEnded(reason: FeedEnd): void {
    this.dispatch({ type: "ended", reason });
  }

  /** From the feed. The browser must not believe that it is online: it comes back, and is told everything again. */
  onFailed(error: unknown): void {
    this.#hub?.reportUnexpected(error, "a socket could not be told what its feed brought: closed");
    this.dispatch({ type: "failed" });
  }

  /** Sends what is the same for every socket, serialised once. */
  broadcast(frame: Buffer): void {
    if (this.isReady) this.#write(frame);
  }

  /** From the heartbeat wheel, once in `HEARTBEAT_MS`. */
  beat(): void {
    this.dispatch({ type: "heartbeat" });
    this.#watchToken();
  }

  /** Counts a frame of the browser; false, and the socket closed, where there were too many. */
  admitFrame(): boolean {
    const limit = this.#hub?.frameLimit;
    if (!limit) return true;
    const nowMs = performance.now();
    if (nowMs - this.#framesSinceMs >= limit.seconds * 1000) {
      this.#framesSinceMs = nowMs;
      this.#frames = 0;
    }
    if (++this.#frames <= limit.count) return true;
    this.#hub?.telemetry.limitHit("socket-frames");
    this.dispatch({ type: "too-many-frames" });
    return false;
  }

  #run(effect: ConnectionEffect): void {
    switch (effect.type) {
      case "join":
        void this.#join(effect.hello);
        return;
      case "send":
        this.#write(JSON.stringify(effect.frame));
        return;
      case "close":
        this.#closeCode = effect.code;
        this.close(effect.code);
        return;
      case "terminate":
        this.terminate();
        return;
    }
  }

  async #join({ token, since, pages = false }: HelloFrame): Promise<void> {
    const hub = this.#hub;
    if (!hub) return;
    try {
      const refusal = hub.refusal();
      if (refusal) throw refusal;
      const verified = await hub.tokens.verify(token);
      const { sessionPublicId, stale } = verified;
      const resumePoint = parseResumePoint(since ?? undefined, Date.now());
      // Gone while its token was read: a place taken now would never be given back.
      if (this.#state.name !== "joining") return;
      if (!hub.enterSession(sessionPublicId)) {
        this.dispatch({ type: "rejected", why: "too-many" });
        return;
      }
      this.#sessionPublicId = sessionPublicId;
      this.#tokenExpiresAtMs = verified.expiresAtMs;
      const fresh = stale ? await hub.tokens.issue(sessionPublicId, verified) : undefined;
      const session = { sessionPublicId, origin: this.#origin };
      const subscription = await hub.feeds.subscribe(session, resumePoint, this, {
        withinMs: JOIN_WITHIN_MS,
        ...(pages && { onPage: (page) => this.#writePage({ type: "page", ...page }) }),
      });
      if (this.#state.name !== "joining") {
        subscription.close();
        return;
      }
      this.#subscription = subscription;
      clearTimeout(this.#timer);
      this.dispatch({
        type: "joined",
        ready: { ...toReadyFrame(subscription, fresh?.token), ...(pages && { pages }) },
      });
      if (!this.isReady) return;
      hub.joined(this);
      this.#watchToken();
    } catch (error) {
      this.dispatch({ type: "rejected", why: toRejection(error) });
      hub.reportUnexpected(error, "a socket could not join its feed");
    }
  }

  #writePage(frame: PageFrame): void {
    if (this.isReady) this.#write(JSON.stringify(frame));
  }

  #write(frame: string | Buffer): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.send(frame, { binary: false });
    if (this.bufferedAmount > BUFFERED_MAX_BYTES) this.dispatch({ type: "stalled" });
  }

  /** The wheel comes by too rarely to see the moment; only a token about to expire gets a timer of its own. */
  #watchToken(): void {
    const leftMs = this.#tokenExpiresAtMs - Date.now();
    if (leftMs > HEARTBEAT_MS || this.#state.name === "closed") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(tokenExpired, Math.max(0, leftMs), this);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#subscription?.close();
    this.#subscription = null;
    this.#hub?.quieten(this);
  }
}

/** `ready` is due within 1 s of hello; what is left is for the token and the way. */
const JOIN_WITHIN_MS = 750;

/** What may wait for one reader: four frames of the largest size. */
const BUFFERED_MAX_BYTES = 1024 * 1024;

function toReadyFrame({ page, upstream }: FeedSubscription, fresh: string | undefined): ReadyFrame {
  return {
    type: "ready",
    ...page,
    heartbeatMs: HEARTBEAT_MS,
    upstream,
    ...(fresh !== undefined && { token: fresh }),
  };
}

function toRejection(error: unknown): Rejection {
  if (!(error instanceof ProblemError)) return "overloaded";
  switch (error.code) {
    case "session_token_invalid":
      return "token";
    case "session_not_found":
      return "session-unknown";
    case "invalid_request":
      return "since";
    case "draining":
      return "draining";
    default:
      return "overloaded";
  }
}

// Shared by all sockets: a closure each would be paid for by each.

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const socket = this as ChatSocket;
  if (!socket.admitFrame()) return;
  if (isBinary) socket.dispatch({ type: "binary" });
  else socket.dispatch({ type: "frame", frame: parseClientFrame(data.toString()) });
}

function onControlFrame(this: WebSocket): void {
  (this as ChatSocket).admitFrame();
}

function onClose(this: WebSocket, code: number): void {
  (this as ChatSocket).end(code);
}

/** Protocol errors: `ws` closes with the right code itself, and `close` follows. */
function onError(): void {}

function helloTimedOut(socket: ChatSocket): void {
  socket.dispatch({ type: "hello-timeout" });
}

function tokenExpired(socket: ChatSocket): void {
  socket.dispatch({ type: "token-expired" });
}
