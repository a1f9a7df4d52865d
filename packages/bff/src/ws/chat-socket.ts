import {
  assertNever,
  type ChatMessage,
  CLOSE,
  type ClientFrame,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  type HelloFrame,
  type PresenceStatus,
  type ReadyFrame,
  type ServerFrame,
} from "@mailoo-chat/protocol";
import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";
import type { Logger } from "pino";
import { type RawData, WebSocket } from "ws";
import type { SessionTokens } from "../auth/session-tokens.ts";
import { parseResumePoint } from "../feed/cursor.ts";
import type { FeedEnd } from "../feed/feed-machine.ts";
import type { FeedRegistry, FeedSubscription } from "../feed/registry.ts";
import type { FeedSubscriber } from "../feed/subscription.ts";
import { parseJson } from "../lib/parse-json.ts";
import { isSessionOver, ProblemError } from "../lib/problem-error.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";

/** Dependencies that all sockets share. */
export interface ChatSocketDeps {
  readonly tokens: SessionTokens;
  readonly feeds: Pick<FeedRegistry, "subscribe">;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  /** Limit on the frames of one browser. */
  readonly frameLimit: RateLimit | null;
  /** Returns why new subscribers are refused (overload, drain); null: they are accepted. */
  readonly refusal: () => ProblemError | null;
  /** Whether the owner is online. */
  readonly status: () => Promise<PresenceStatus>;
  readonly frameMessage: (message: ChatMessage, cursor: string) => Buffer;
  /** Counts a socket of the session; false if it has reached its limit. Released by `onGone`. */
  acquireSession(sessionPublicId: string): boolean;
  /** The platform does not know the session, or accepts no more messages in it. */
  onSessionOver(session: { readonly sessionPublicId: string; readonly owner: string | null }): void;
  /** The socket needs heartbeats from now on. */
  onReady(socket: ChatSocket): void;
  /** The socket is closing and needs no more heartbeats. */
  onClosing(socket: ChatSocket): void;
  /** The socket is closed. */
  onGone(socket: ChatSocket): void;
}

/**
 * A browser's socket. It joins the feed of its session after a valid hello, and is closed for any breach of the protocol.
 * Once it is closed, late frames, timers and answers change nothing.
 */
export class ChatSocket implements FeedSubscriber {
  readonly addressBlock: string;
  /** On the clock of `performance.now()`. */
  readonly openedAtMs = performance.now();
  readonly #socket: WebSocket;
  readonly #deps: ChatSocketDeps;
  readonly #origin: string;
  /** `joining`: the socket verifies the token and subscribes to the feed. */
  #state: "awaiting-hello" | "joining" | "ready" | "closed" = "awaiting-hello";
  #isPingUnanswered = false;
  #sessionPublicId: string | null = null;
  #owner: string | null = null;
  #subscription: FeedSubscription | null = null;
  #tokenExpiresAtMs = Number.POSITIVE_INFINITY;
  /** Runs while waiting for hello, and again shortly before the token expires. */
  #timer: NodeJS.Timeout;
  #frames = 0;
  #framesSinceMs = 0;
  #closeCode = 0;

  constructor(
    socket: WebSocket,
    deps: ChatSocketDeps,
    from: { readonly origin: string; readonly addressBlock: string },
  ) {
    this.#socket = socket;
    this.#deps = deps;
    this.#origin = from.origin;
    this.addressBlock = from.addressBlock;
    this.#timer = setTimeout(() => this.#close(CLOSE.helloTimeout), HELLO_TIMEOUT_MS);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("close", (code) => this.#end(code));
    // After a protocol error, `ws` itself closes with the right code and emits `close`.
    socket.on("error", () => {});
    // We send no WebSocket pings, so pongs count as frames too.
    socket.on("ping", () => this.#admitFrame());
    socket.on("pong", () => this.#admitFrame());
  }

  get sessionPublicId(): string | null {
    return this.#sessionPublicId;
  }

  /** 0 while the socket is open. */
  get closeCode(): number {
    return this.#closeCode;
  }

  onMessage(message: ChatMessage, cursor: string): void {
    if (this.#isReady) this.#write(this.#deps.frameMessage(message, cursor));
  }

  onEnded(reason: FeedEnd): void {
    if (reason === "closed") this.#close(CLOSE.sessionClosed, { type: "session", state: "closed" });
    else this.#close(CLOSE.sessionNotFound);
    this.#sessionIsOver();
  }

  /** The browser has missed an event, so it must reconnect and resume. */
  onFailed(error: unknown): void {
    this.#logUnexpected(error, "a message could not be written to a socket: closed");
    this.terminate();
  }

  /** Sends a frame that is the same for all sockets. */
  broadcast(frame: Buffer): void {
    if (this.#isReady) this.#write(frame);
  }

  /** To be called once in `HEARTBEAT_MS`. */
  beat(): void {
    if (!this.#isReady) return;
    // `bufferedAmount` does not include megabytes in the kernel's buffer, so a stalled browser is detected here.
    if (this.#isPingUnanswered) {
      this.terminate();
      return;
    }
    this.#isPingUnanswered = true;
    this.#send({ type: "ping" });
    this.#watchToken();
  }

  /** Tells the browser when to reconnect, and closes. */
  drain(afterMs: number): void {
    this.#close(CLOSE.serviceRestart, { type: "reconnect", afterMs });
  }

  /** Closes the connection without a close frame. */
  terminate(): void {
    this.#release();
    this.#socket.terminate();
  }

  get #isReady(): boolean {
    return this.#state === "ready";
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#admitFrame() || this.#state === "closed") return;
    if (isBinary) {
      this.#close(CLOSE.unsupportedData);
      return;
    }
    const frame = parseClientFrame(data.toString());
    switch (frame.type) {
      case "hello":
        if (this.#state === "awaiting-hello") void this.#join(frame);
        else this.#close(CLOSE.malformedFrame);
        return;
      case "pong":
        this.#isPingUnanswered = false;
        return;
      case "ignored":
        return;
      case "malformed":
        this.#close(CLOSE.malformedFrame);
        return;
      case "tokenless":
        this.#close(CLOSE.tokenRejected);
        return;
      default:
        assertNever(frame);
    }
  }

  /** Counts a frame of the browser. False: there were too many, and the socket is closed. */
  #admitFrame(): boolean {
    const { frameLimit, telemetry } = this.#deps;
    if (!frameLimit) return true;
    const nowMs = performance.now();
    if (nowMs - this.#framesSinceMs >= frameLimit.seconds * 1000) {
      this.#framesSinceMs = nowMs;
      this.#frames = 0;
    }
    this.#frames += 1;
    if (this.#frames <= frameLimit.count) return true;
    telemetry.limitHit("socket-frames");
    this.#close(CLOSE.tooMany);
    return false;
  }

  async #join({ token, since, pages = false }: HelloFrame): Promise<void> {
    const { tokens, feeds, refusal } = this.#deps;
    this.#state = "joining";
    clearTimeout(this.#timer);
    try {
      const refused = refusal();
      if (refused) throw refused;
      const verified = await tokens.verify(token);
      const { sessionPublicId, stale, expiresAtMs } = verified;
      const resumePoint = parseResumePoint(since ?? undefined, Date.now());
      // If the socket was closed meanwhile, an acquired slot would never be released.
      if (!this.#isJoining()) return;
      if (!this.#deps.acquireSession(sessionPublicId)) {
        this.#close(CLOSE.tooMany);
        return;
      }
      this.#sessionPublicId = sessionPublicId;
      this.#owner = verified.owner;
      this.#tokenExpiresAtMs = expiresAtMs;
      const renewed = stale ? await tokens.issue(sessionPublicId, verified) : null;
      const session = { sessionPublicId, origin: this.#origin };
      const subscription = await feeds.subscribe(session, resumePoint, this, {
        withinMs: JOIN_WITHIN_MS,
        ...(pages && { onPage: (page) => this.#isReady && this.#send({ type: "page", ...page }) }),
      });
      if (!this.#isJoining()) {
        subscription.close();
        return;
      }
      this.#subscription = subscription;
      const ready: ReadyFrame = {
        type: "ready",
        ...subscription.page,
        heartbeatMs: HEARTBEAT_MS,
        upstream: subscription.upstream,
        ...(renewed && { token: renewed.token }),
        ...(pages && { pages }),
      };
      this.#state = "ready";
      this.#send(ready);
      if (!this.#isReady) return;
      this.#deps.onReady(this);
      this.#watchToken();
      // The configuration that the browser has may be minutes old.
      const status = await this.#deps.status();
      if (this.#isReady) this.#send({ type: "status", status });
    } catch (error) {
      this.#close(toCloseCode(error));
      if (isSessionOver(error)) this.#sessionIsOver();
      this.#logUnexpected(error, "a socket could not subscribe to its feed");
    }
  }

  #isJoining(): boolean {
    return this.#state === "joining";
  }

  #sessionIsOver(): void {
    const sessionPublicId = this.#sessionPublicId;
    if (sessionPublicId !== null) this.#deps.onSessionOver({ sessionPublicId, owner: this.#owner });
  }

  #send(frame: ServerFrame): void {
    this.#write(JSON.stringify(frame));
  }

  #write(frame: string | Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(frame, { binary: false });
    if (this.#socket.bufferedAmount > BUFFERED_MAX_BYTES) this.#close(CLOSE.tryAgainLater);
  }

  /** Checked at each heartbeat; only a token that expires before the next one needs a timer. */
  #watchToken(): void {
    const leftMs = this.#tokenExpiresAtMs - Date.now();
    if (leftMs > HEARTBEAT_MS || this.#state === "closed") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(CLOSE.tokenRejected), Math.max(0, leftMs));
  }

  #close(code: number, lastFrame?: ServerFrame): void {
    if (this.#state === "closed") return;
    this.#release();
    if (lastFrame) this.#send(lastFrame);
    this.#closeCode = code;
    this.#socket.close(code);
  }

  #release(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#subscription?.close();
    this.#subscription = null;
    this.#deps.onClosing(this);
  }

  #end(code: number): void {
    // If we closed the socket, log our code: without an answer of the peer, the reported one is 1006.
    if (this.#closeCode === 0) this.#closeCode = code;
    this.#release();
    this.#deps.onGone(this);
  }

  #logUnexpected(error: unknown, message: string): void {
    if (!(error instanceof ProblemError)) this.#deps.log.error({ err: error }, message);
  }
}

/** `ready` is due within 1 s of hello; the rest is for the token and the network. */
const JOIN_WITHIN_MS = 750;

/** Limit on unsent data for one browser: four frames of the maximum size. */
const BUFFERED_MAX_BYTES = 1024 * 1024;

function toCloseCode(error: unknown): number {
  switch (error instanceof ProblemError ? error.code : null) {
    case "session_token_invalid":
      return CLOSE.tokenRejected;
    case "session_not_found":
      return CLOSE.sessionNotFound;
    case "session_closed":
      return CLOSE.sessionClosed;
    case "invalid_request":
      return CLOSE.malformedFrame;
    case "draining":
      return CLOSE.serviceRestart;
    default:
      return CLOSE.tryAgainLater;
  }
}

/** `ignored`: well formed, of an unknown type. `tokenless`: a hello without a token. */
type ClientFrameVerdict = ClientFrame | { readonly type: "ignored" | "malformed" | "tokenless" };

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
