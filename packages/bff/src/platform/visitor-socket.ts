import type { Agent } from "node:http";
import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { Clock } from "../lib/clock.ts";
import { toErrorCode } from "../lib/error-code.ts";
import { createHeartbeats } from "../lib/heartbeat.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { Release, UpstreamBudget } from "./budget.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { SessionRef, VisitorSocket, VisitorSocketCallbacks, VisitorSocketClosed } from "./client.ts";
import { BINARY_FRAME, type IsAlias, parseSocketEvent } from "./parse/parse-socket-event.ts";
import type { SessionAliases } from "./parse/session-names.ts";
import type { SecretFilter } from "./secret-filter.ts";

interface VisitorSocketsOptions {
  /** Null if the session's id cannot be part of a URL. */
  readonly urlOf: (sessionPublicId: string) => string | null;
  /** Connects through a proxy; undefined: directly. */
  readonly agent: Agent | undefined;
  /** Connecting a socket counts as a read. */
  readonly budget: UpstreamBudget;
  readonly maxWaitMs: number;
  readonly circuit: Pick<CircuitBreaker, "retryAfterMs">;
  readonly handshakeTimeoutMs: number;
  readonly pingEveryMs: number;
  readonly secrets: SecretFilter;
  readonly aliases: SessionAliases;
  readonly logger: Logger;
  /** Replaces a session's id in the log. */
  readonly hashSession: (sessionPublicId: string) => string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** All visitor sockets of a client, kept alive by one timer. */
export function createVisitorSockets(options: VisitorSocketsOptions) {
  const connections = new Set<VisitorSocketConnection>();
  const heartbeats = createHeartbeats<VisitorSocketConnection>(options.pingEveryMs, (connection) =>
    connection.beat(),
  );
  // Shared by all connections, because there are thousands, and an idle one should need little memory.
  const shared: ConnectionDeps = {
    ...options,
    onGone(connection) {
      connections.delete(connection);
      heartbeats.remove(connection);
    },
  };

  return {
    open(session: SessionRef, callbacks: VisitorSocketCallbacks): VisitorSocket {
      const connection = new VisitorSocketConnection(session, callbacks, shared);
      connections.add(connection);
      heartbeats.add(connection);
      return connection;
    },
    /** Closes all; no callback is called. */
    close(): void {
      heartbeats.stop();
      for (const connection of [...connections]) connection.close();
    },
  };
}

interface ConnectionDeps extends VisitorSocketsOptions {
  /** Called once for each connection, at its end. */
  readonly onGone: (connection: VisitorSocketConnection) => void;
}

/** Larger than any frame with a message. */
const FRAME_MAX_BYTES = 256 * 1024;

/**
 * One visitor socket, from the wait for its turn to its end. It connects once, tests the connection, and reports its end
 * once. It carries no API key.
 */
class VisitorSocketConnection implements VisitorSocket {
  readonly #session: SessionRef;
  readonly #callbacks: VisitorSocketCallbacks;
  readonly #deps: ConnectionDeps;
  readonly #startedAtMs: number;
  #state: ConnectionState = { name: "waiting", wait: null };

  /** Connects in the next microtask, so that the caller has the handle first. */
  constructor(session: SessionRef, callbacks: VisitorSocketCallbacks, deps: ConnectionDeps) {
    this.#session = session;
    this.#callbacks = callbacks;
    this.#deps = deps;
    this.#startedAtMs = deps.clock.steadyMs();
    queueMicrotask(() => void this.#connect());
  }

  close(): void {
    this.#end(null);
  }

  /** Closes the connection if nothing has arrived since the last beat; otherwise sends a ping. */
  beat(): void {
    if (this.#state.name !== "open") return;
    if (!this.#state.alive) {
      this.#deps.logger.debug({ session: this.#label() }, "visitor socket does not answer");
      this.#end({ kind: "lost", code: 0 });
      return;
    }
    this.#state.alive = false;
    this.#state.socket.ping();
  }

  async #connect(): Promise<void> {
    if (this.#state.name !== "waiting") return;
    const url = this.#deps.urlOf(this.#session.sessionPublicId);
    // Reported as if the platform did not know the session.
    if (url === null) return this.#end({ kind: "refused", code: 404 });
    const release = await this.#takeTurn();
    if (release === null) return this.#end({ kind: "lost", code: 0 });
    if (this.#isOver()) return release();
    try {
      this.#openSocket(url, release);
    } catch (error) {
      // `ws` throws if the URL or a header is not valid.
      this.#deps.logger.error(
        { session: this.#label(), reason: toErrorCode(error) },
        "the visitor socket cannot be opened",
      );
      release();
      this.#end({ kind: "lost", code: 0 });
    }
  }

  /**
   * Uses the background lane, because waiting visitors are served from the history. Null while the circuit is open, or if
   * the wait has timed out.
   */
  async #takeTurn(): Promise<Release | null> {
    const { budget, circuit, maxWaitMs } = this.#deps;
    if (circuit.retryAfterMs() > 0) return null;
    const wait = new AbortController();
    this.#state = { name: "waiting", wait };
    const { signal } = wait;
    const lane = this.#session.sessionPublicId;
    return budget.acquire({ lane, priority: "background", maxWaitMs, signal }).catch(() => null);
  }

  #openSocket(url: string, release: Release): void {
    const socket = new WebSocket(url, {
      origin: this.#session.origin,
      agent: this.#deps.agent,
      perMessageDeflate: false,
      maxPayload: FRAME_MAX_BYTES,
      handshakeTimeout: this.#deps.handshakeTimeoutMs,
      followRedirects: false,
      headers: { "user-agent": "mailoo-chat-bff" },
    });
    // Added first and never removed, because an error without a listener would end the process.
    socket.on("error", (error) => {
      this.#deps.logger.debug(
        { session: this.#label(), reason: toErrorCode(error) },
        "visitor socket failed",
      );
    });
    this.#state = { name: "connecting", socket, release };

    const onAlive = () => this.#markAlive();
    socket.on("open", () => this.#opened());
    socket.on("message", (data, isBinary) => this.#received(data, isBinary));
    socket.on("pong", onAlive);
    socket.on("ping", onAlive);
    socket.on("unexpected-response", (_request, response) => {
      // The body is not read, so the connection would otherwise stay open.
      response.destroy();
      this.#end({ kind: "refused", code: response.statusCode ?? 0 });
    });
    socket.on("close", (code) => this.#end({ kind: "lost", code }));
  }

  #opened(): void {
    if (this.#state.name !== "connecting") return;
    const { socket, release } = this.#state;
    release();
    this.#state = { name: "open", socket, alive: true };
    this.#reportConnect("ok");
    this.#call(() => this.#callbacks.onOpen());
  }

  #markAlive(): void {
    if (this.#state.name === "open") this.#state.alive = true;
  }

  #received(data: unknown, isBinary: boolean): void {
    if (this.#state.name !== "open") return;
    this.#markAlive();
    const { sessionPublicId } = this.#session;
    const isAlias: IsAlias = (name) => this.#deps.aliases.has(sessionPublicId, name);
    const event = isBinary ? BINARY_FRAME : parseSocketEvent(String(data), sessionPublicId, isAlias);
    switch (event.kind) {
      case "message":
        this.#call(() => this.#callbacks.onMessage(this.#deps.secrets.message(event.message)));
        return;
      case "change-hint":
        if (event.ofAnotherSession) {
          this.#deps.logger.warn(
            { session: this.#label() },
            "the platform pushed an event of another session: not shown",
          );
        }
        this.#call(() => this.#callbacks.onChangeHint(event.frameKind));
        return;
      default:
        assertNever(event);
    }
  }

  /** The only way to end the connection. @param closed null: closed by its owner, without a callback */
  #end(closed: VisitorSocketClosed | null): void {
    const last = this.#state;
    if (last.name === "ended") return;
    this.#state = { name: "ended" };
    if (last.name === "waiting") last.wait?.abort();
    if (last.name === "connecting") last.release();
    if (last.name !== "open") this.#reportConnect(closed?.kind ?? "cancelled");
    // During the handshake this causes an error event, which is ignored.
    if (last.name !== "waiting") last.socket.terminate();
    this.#deps.onGone(this);
    if (closed !== null) this.#call(() => this.#callbacks.onClose(closed));
  }

  #reportConnect(outcome: "ok" | "refused" | "lost" | "cancelled"): void {
    const { clock, telemetry } = this.#deps;
    const durationMs = clock.steadyMs() - this.#startedAtMs;
    telemetry.upstreamCall({ operation: "visitor-socket", outcome, durationMs });
  }

  #isOver(): boolean {
    return this.#state.name === "ended";
  }

  /** If a callback throws, it has missed an event, so its socket is closed. It must not end the process. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      const details = { session: this.#label(), reason: toErrorCode(error) };
      this.#deps.logger.error(details, "a callback of the visitor socket threw: closed");
      this.#end({ kind: "lost", code: 0 });
    }
  }

  #label(): string {
    return this.#deps.hashSession(this.#session.sessionPublicId);
  }
}

type ConnectionState =
  /** Waiting for its turn. `wait` is null before `#takeTurn`. */
  | { readonly name: "waiting"; readonly wait: AbortController | null }
  | { readonly name: "connecting"; readonly socket: WebSocket; readonly release: Release }
  | { readonly name: "open"; readonly socket: WebSocket; alive: boolean }
  | { readonly name: "ended" };
