import type { Agent } from "node:http";
import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { Clock } from "../lib/clock.ts";
import { createHeartbeatWheel } from "../lib/heartbeat.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { Release, UpstreamBudget } from "./budget.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { SessionRef, VisitorSocket, VisitorSocketCallbacks, VisitorSocketClosed } from "./client.ts";
import { MailooError } from "./errors.ts";
import { BINARY_FRAME, type IsAlias, parseSocketEvent } from "./parse/parse-socket-event.ts";
import type { SecretFilter } from "./secret-filter.ts";
import type { SessionAliases } from "./session-aliases.ts";

/** All visitor sockets of a client, kept alive by one timer. */
export interface VisitorSockets {
  open(session: SessionRef, listener: VisitorSocketCallbacks): VisitorSocket;
  /** Ends all; no listener is called. */
  close(): void;
}

export interface VisitorSocketsOptions extends Omit<VisitorSocketDeps, "onGone"> {
  readonly pingEveryMs: number;
}

export function createVisitorSockets({ pingEveryMs, ...deps }: VisitorSocketsOptions): VisitorSockets {
  const lines = new Set<VisitorSocketLine>();
  const heartbeats = createHeartbeatWheel<VisitorSocketLine>(pingEveryMs, (line) => line.beat());
  const shared: VisitorSocketDeps = {
    ...deps,
    onGone(line) {
      lines.delete(line);
      heartbeats.remove(line);
    },
  };

  return {
    open(session, listener) {
      const line = new VisitorSocketLine(session, listener, shared);
      lines.add(line);
      heartbeats.add(line);
      return line;
    },
    close() {
      heartbeats.stop();
      for (const line of [...lines]) line.close();
    },
  };
}

/** Who may dial a visitor socket when. A turn is released when the dial has come to its end. */
export interface DialTurns {
  /** A turn at once, or null where there is none. */
  tryTake(): Release | null;
  /** Rejects where there will be none. */
  take(sessionPublicId: string, signal: AbortSignal): Promise<Release>;
}

export interface DialTurnsOptions {
  readonly budget: UpstreamBudget;
  readonly circuit: Pick<CircuitBreaker, "retryAfterMs">;
  readonly maxWaitMs: number;
  readonly telemetry: Telemetry;
}

/** A dial is a read of the background, since the history serves whoever waits for an answer. A platform that is down is not dialled. */
export function createDialTurns({ budget, circuit, maxWaitMs, telemetry }: DialTurnsOptions): DialTurns {
  const mayDial = () => circuit.retryAfterMs() === 0;
  return {
    tryTake: () => (mayDial() ? budget.tryAcquire() : null),

    async take(sessionPublicId, signal) {
      if (!mayDial()) throw new MailooError({ kind: "unreachable" });
      try {
        return await budget.acquire({ lane: sessionPublicId, priority: "background", maxWaitMs, signal });
      } catch (error) {
        if (!signal.aborted) telemetry.limitHit("upstream-reads");
        throw error;
      }
    },
  };
}

/** What all visitor sockets of a client share: there are thousands, and an idle one should cost next to nothing. */
export interface VisitorSocketDeps {
  /** Null where the session's id cannot be part of an address. */
  readonly urlOf: (sessionPublicId: string) => string | null;
  /** Connects through a proxy, if there is one on the way. */
  readonly agent: Agent | undefined;
  readonly turns: DialTurns;
  readonly handshakeTimeoutMs: number;
  readonly secrets: SecretFilter;
  readonly aliases: SessionAliases;
  readonly logger: Logger;
  /** Stands for the session in the log. */
  readonly hashSession: (sessionPublicId: string) => string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Called once a socket, when nothing is left of it. */
  readonly onGone: (socket: VisitorSocketLine) => void;
}

/** Larger than any frame that holds a message. */
const FRAME_MAX_BYTES = 256 * 1024;

/**
 * One visitor socket, from the wait for its turn to its end: it dials once, keeps an eye on the line, and says once how
 * it ended. A doorbell: it reads what it can and rings for the rest. It carries no API key.
 */
export class VisitorSocketLine implements VisitorSocket {
  readonly #session: SessionRef;
  readonly #listener: VisitorSocketCallbacks;
  readonly #deps: VisitorSocketDeps;
  readonly #startedAtMs: number;
  #state: LineState = { name: "waiting", turn: null };

  /** Dials in the next microtask: not before the caller holds the handle. */
  constructor(session: SessionRef, listener: VisitorSocketCallbacks, deps: VisitorSocketDeps) {
    this.#session = session;
    this.#listener = listener;
    this.#deps = deps;
    this.#startedAtMs = deps.clock.steadyMs();
    queueMicrotask(() => void this.#dial());
  }

  close(): void {
    this.#end(null);
  }

  /** Tests the line: a peer that has not stirred since the last test is gone. To be called at an even pace. */
  beat(): void {
    if (this.#state.name !== "open") return;
    if (!this.#state.stirring) {
      this.#deps.logger.debug({ session: this.#label() }, "visitor socket does not answer");
      this.#end({ kind: "lost", code: 0 });
      return;
    }
    this.#state.stirring = false;
    this.#state.socket.ping();
  }

  async #dial(): Promise<void> {
    const { urlOf, turns, logger } = this.#deps;
    if (this.#state.name !== "waiting") return;
    const url = urlOf(this.#session.sessionPublicId);
    // As if the platform did not know it.
    if (url === null) return this.#end({ kind: "refused", code: 404 });
    const release = turns.tryTake() ?? (await this.#waitForTurn());
    if (release === null) return this.#end({ kind: "lost", code: 0 });
    if (this.#isOver()) return release();
    try {
      this.#connect(url, release);
    } catch (error) {
      // ws throws on what cannot be a request at all.
      logger.error({ session: this.#label(), reason: nameOf(error) }, "the visitor socket cannot be dialled");
      release();
      this.#end({ kind: "lost", code: 0 });
    }
  }

  async #waitForTurn(): Promise<Release | null> {
    const turn = new AbortController();
    this.#state = { name: "waiting", turn };
    try {
      return await this.#deps.turns.take(this.#session.sessionPublicId, turn.signal);
    } catch {
      return null;
    }
  }

  #connect(url: string, release: Release): void {
    const socket = new WebSocket(url, {
      origin: this.#session.origin,
      agent: this.#deps.agent,
      perMessageDeflate: false,
      maxPayload: FRAME_MAX_BYTES,
      handshakeTimeout: this.#deps.handshakeTimeoutMs,
      followRedirects: false,
      headers: { "user-agent": "mailoo-chat-bff" },
    });
    // First of all, and to the end: an error that nobody hears ends the process.
    socket.on("error", (error) => {
      this.#deps.logger.debug({ session: this.#label(), reason: nameOf(error) }, "visitor socket failed");
    });
    this.#state = { name: "dialling", socket, release };

    const stirred = () => this.#stirred();
    socket.on("open", () => this.#opened());
    socket.on("message", (data, isBinary) => this.#received(data, isBinary));
    socket.on("pong", stirred);
    socket.on("ping", stirred);
    socket.on("unexpected-response", (_request, response) => {
      // Nobody reads its body; without this the connection would stay.
      response.destroy();
      this.#end({ kind: "refused", code: response.statusCode ?? 0 });
    });
    socket.on("close", (code) => this.#end({ kind: "lost", code }));
  }

  #opened(): void {
    if (this.#state.name !== "dialling") return;
    const { socket, release } = this.#state;
    release();
    this.#state = { name: "open", socket, stirring: true };
    this.#reportDial("ok");
    this.#tell(() => this.#listener.onOpen());
  }

  #stirred(): void {
    if (this.#state.name === "open") this.#state.stirring = true;
  }

  #received(data: unknown, isBinary: boolean): void {
    if (this.#state.name !== "open") return;
    this.#stirred();
    // Binary is no text of ours to read: the history tells.
    const { sessionPublicId } = this.#session;
    const isAlias: IsAlias = (name) => this.#deps.aliases.has(sessionPublicId, name);
    const event = isBinary ? BINARY_FRAME : parseSocketEvent(String(data), sessionPublicId, isAlias);
    switch (event.kind) {
      case "message":
        this.#tell(() => this.#listener.onMessage(this.#deps.secrets.message(event.message)));
        return;
      case "change-hint":
        if (event.ofAnotherSession) {
          this.#deps.logger.warn(
            { session: this.#label() },
            "the platform pushed an event of another session: not shown",
          );
        }
        this.#tell(() => this.#listener.onChangeHint(event.frameKind));
        return;
      default:
        assertNever(event);
    }
  }

  /** The one way out. Null: closed by its owner, who is told nothing. */
  #end(closed: VisitorSocketClosed | null): void {
    const last = this.#state;
    if (last.name === "ended") return;
    this.#state = { name: "ended" };
    if (last.name === "waiting") last.turn?.abort();
    if (last.name === "dialling") last.release();
    if (last.name !== "open") this.#reportDial(closed?.kind ?? "cancelled");
    // Also ends a dial; what that then reports as an error is heard and ignored.
    if (last.name !== "waiting") last.socket.terminate();
    this.#deps.onGone(this);
    if (closed !== null) this.#tell(() => this.#listener.onClose(closed));
  }

  #reportDial(outcome: "ok" | "refused" | "lost" | "cancelled"): void {
    const { clock, telemetry } = this.#deps;
    const durationMs = clock.steadyMs() - this.#startedAtMs;
    telemetry.upstreamCall({ operation: "visitor-socket", outcome, durationMs });
  }

  #isOver(): boolean {
    return this.#state.name === "ended";
  }

  /** A listener that throws has missed something: it gets a new socket, and the process does not end with it. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      const details = { session: this.#label(), reason: nameOf(error) };
      this.#deps.logger.error(details, "a listener of the visitor socket threw: closed");
      this.#end({ kind: "lost", code: 0 });
    }
  }

  #label(): string {
    return this.#deps.hashSession(this.#session.sessionPublicId);
  }
}

type LineState =
  /** `turn` is null until it has to wait. */
  | { readonly name: "waiting"; readonly turn: AbortController | null }
  | { readonly name: "dialling"; readonly socket: WebSocket; readonly release: Release }
  | { readonly name: "open"; readonly socket: WebSocket; stirring: boolean }
  | { readonly name: "ended" };

/** Its kind alone: a message may hold the URL or what the platform said. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
