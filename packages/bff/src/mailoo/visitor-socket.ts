import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { VisitorSocket, VisitorSocketClosed, VisitorSocketListener } from "./mailoo-client.ts";
import { parseSocketEvent } from "./parse/parse-socket-event.ts";
import type { SecretFilter } from "./secret-filter.ts";

/**
 * One visitor socket, from the wait for its turn to its end: it dials once, keeps an eye on the line, and says once how
 * it ended. A doorbell: it reads what it can and rings for the rest. It carries no API key.
 */
export interface VisitorSocketOptions {
  /** Null where the session's id cannot be part of an address: it ends as if the platform did not know it. */
  readonly url: string | null;
  readonly sessionPublicId: string;
  readonly origin: string;
  readonly listener: VisitorSocketListener;
  /** Resolves when it may dial, to be released when the dial has come to its end; rejects where it may not. */
  readonly takeTurn: (signal: AbortSignal) => Promise<() => void>;
  readonly handshakeTimeoutMs: number;
  /** How often the line is tested; a peer that has not stirred by the next test is gone. */
  readonly pingEveryMs: number;
  readonly secrets: SecretFilter;
  readonly logger: Logger;
  /** Stands for the session in the log. */
  readonly sessionLabel: string;
  readonly random: () => number;
  /** Called once, with `ok` when open or with how it never opened. */
  readonly onDialled: (outcome: "ok" | "refused" | "lost" | "cancelled") => void;
  /** Called once, when nothing is left of it. */
  readonly onGone: () => void;
}

/** Larger than any frame that holds a message. */
const FRAME_MAX_BYTES = 256 * 1024;

export function createVisitorSocket(options: VisitorSocketOptions): VisitorSocket {
  const { listener, logger, sessionLabel, sessionPublicId } = options;
  let state: SocketState = { name: "waiting", turn: new AbortController() };

  // Not before the caller holds the handle.
  queueMicrotask(() => void dial());
  return {
    close() {
      end(null);
    },
  };

  async function dial(): Promise<void> {
    if (state.name !== "waiting") return;
    if (options.url === null) return end({ kind: "refused", code: 404 });
    let release: () => void;
    try {
      release = await options.takeTurn(state.turn.signal);
    } catch {
      end({ kind: "lost", code: 0 });
      return;
    }
    if (state.name !== "waiting") return release();
    try {
      connect(options.url, release);
    } catch (error) {
      // ws throws on what cannot be a request at all.
      logger.error({ session: sessionLabel, reason: nameOf(error) }, "the visitor socket cannot be dialled");
      release();
      end({ kind: "lost", code: 0 });
    }
  }

  function connect(url: string, release: () => void): void {
    const socket = new WebSocket(url, {
      origin: options.origin,
      perMessageDeflate: false,
      maxPayload: FRAME_MAX_BYTES,
      handshakeTimeout: options.handshakeTimeoutMs,
      followRedirects: false,
      headers: { "user-agent": "mailoo-chat-bff" },
    });
    // First of all, and to the end: an error that nobody hears ends the process.
    socket.on("error", (error) => {
      logger.debug({ session: sessionLabel, reason: nameOf(error) }, "visitor socket failed");
    });
    state = { name: "dialling", socket, release };

    socket.on("open", opened);
    socket.on("message", (data, isBinary) => received(data, isBinary));
    socket.on("pong", stirred);
    socket.on("ping", stirred);
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      // Nobody reads its body; without this the connection would stay.
      response.destroy();
      end({ kind: "refused", code: response.statusCode ?? 0 });
    });
    socket.on("close", (code) => end({ kind: "lost", code }));
  }

  function opened(): void {
    if (state.name !== "dialling") return;
    const { socket, release } = state;
    release();
    // Not all at the same moment, even those that were opened at the same moment; in a few steps, since Node keeps a list
    // of timers for each interval.
    const everyMs = options.pingEveryMs * (0.85 + 0.05 * Math.floor(7 * options.random()));
    state = { name: "open", socket, stirring: true, pinging: setInterval(() => ping(), everyMs) };
    options.onDialled("ok");
    tell(() => listener.onOpen());
  }

  function ping(): void {
    if (state.name !== "open") return;
    if (!state.stirring) {
      logger.debug({ session: sessionLabel }, "visitor socket does not answer");
      end({ kind: "lost", code: 0 });
      return;
    }
    state.stirring = false;
    state.socket.ping();
  }

  function stirred(): void {
    if (state.name === "open") state.stirring = true;
  }

  function received(data: unknown, isBinary: boolean): void {
    if (state.name !== "open") return;
    stirred();
    if (isBinary) {
      tell(() => listener.onDoorbell());
      return;
    }
    const event = parseSocketEvent(String(data), sessionPublicId);
    switch (event.kind) {
      case "message":
        tell(() => listener.onMessage(options.secrets.message(event.message)));
        return;
      case "foreign":
        logger.warn({ session: sessionLabel }, "the platform pushed an event of another session: dropped");
        return;
      case "doorbell":
        tell(() => listener.onDoorbell());
        return;
    }
  }

  /** The one way out. Null: closed by its owner, who is told nothing. */
  function end(closed: VisitorSocketClosed | null): void {
    if (state.name === "ended") return;
    const last = state;
    state = { name: "ended" };
    if (last.name === "waiting") last.turn.abort();
    if (last.name === "open") clearInterval(last.pinging);
    if (last.name === "dialling") last.release();
    if (last.name !== "open") options.onDialled(closed?.kind ?? "cancelled");
    // Also ends a dial; what it then reports as an error is heard and ignored.
    if (last.name !== "waiting") last.socket.terminate();
    options.onGone();
    if (closed !== null) tell(() => listener.onClose(closed));
  }

  /** A listener's fault is its own: it must not end the process from within a socket's event. */
  function tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      logger.error(
        { session: sessionLabel, reason: nameOf(error) },
        "a listener of the visitor socket threw",
      );
    }
  }
}

type SocketState =
  | { readonly name: "waiting"; readonly turn: AbortController }
  | { readonly name: "dialling"; readonly socket: WebSocket; readonly release: () => void }
  | { readonly name: "open"; readonly socket: WebSocket; stirring: boolean; readonly pinging: NodeJS.Timeout }
  | { readonly name: "ended" };

/** Its kind alone: a message may hold the URL or what the platform said. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
