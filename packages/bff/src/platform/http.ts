import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { toErrorCode } from "../lib/error-code.ts";
import { MailooError } from "./errors.ts";

/**
 * One request and its complete answer, over a pool of keep-alive connections, with one deadline. It never retries and never
 * follows a redirect. Its errors distinguish what matters for a send: no byte has left (`unreachable`), or the request may
 * have arrived (`no-answer`).
 */
export interface HttpExchange {
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Closes all connections; open requests fail. Idempotent. */
  close(): Promise<void>;
}

interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For connecting, sending and reading to the last byte. */
  readonly deadlineMs: number;
  /** No byte is sent later than this. @default the deadline */
  readonly startWithinMs?: number | undefined;
  /** A larger body is not read to its end: the answer is `truncated` and the connection closed. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** The header `Retry-After`; null if there is none, or more than one. */
  readonly retryAfter: string | null;
  readonly text: string;
  readonly truncated: boolean;
}

interface HttpExchangeOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** An http or https proxy; null: none. */
  readonly proxy: string | null;
  readonly connections: number;
  readonly connectTimeoutMs: number;
}

export function createHttpExchange(options: HttpExchangeOptions): HttpExchange {
  const { origin, proxy, connectTimeoutMs } = options;
  const settings: Pool.Options = {
    connections: options.connections,
    pipelining: 1,
    // With HTTP/2, one broken connection would fail many sends.
    allowH2: false,
    // Shorter than the common timeout of servers (5 s: Node, uvicorn): if the server closed a connection while a POST is
    // sent, its outcome would be unknown. A longer time in the server's Keep-Alive header takes precedence.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    // The request's deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const tls = { timeout: connectTimeoutMs };
  const pool =
    proxy === null
      ? new Pool(origin, { ...settings, connect: tls })
      : new ProxyAgent({ ...settings, uri: proxy, proxyTls: tls, requestTls: tls });
  let closing: Promise<void> | undefined;

  return {
    request: (request) => dispatch(pool, origin, request),
    close() {
      closing ??= pool.destroy();
      return closing;
    },
  };
}

function dispatch(pool: Dispatcher, origin: string, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body, deadlineMs, startWithinMs, maxBytes, signal } = request;
    let progress: Progress = { name: "queued" };

    const onAbort = () => giveUp({ timedOut: false });
    const deadline = setTimeout(() => giveUp({ timedOut: true }), deadlineMs);
    let tooLate: NodeJS.Timeout | undefined;
    signal?.addEventListener("abort", onAbort);

    const handler: Dispatcher.DispatchHandler = {
      // Called just before the first byte is sent: from here on the outcome may be unknown.
      onRequestStart(controller) {
        clearTimeout(tooLate);
        if (progress.name === "settled") controller.abort(new Error("given up"));
        else progress = { name: "sent", controller };
      },
      onResponseStart(controller, status, { "retry-after": header }) {
        if (progress.name !== "sent" || status < 200) return;
        const retryAfter = typeof header === "string" ? header : null;
        progress = { name: "answering", controller, status, retryAfter, chunks: [], bytes: 0 };
      },
      onResponseData(_controller, chunk) {
        if (progress.name !== "answering") return;
        progress.chunks.push(chunk);
        progress.bytes += chunk.length;
        if (progress.bytes > maxBytes) finish(progress, { truncated: true });
      },
      onResponseEnd() {
        if (progress.name === "answering") finish(progress, { truncated: false });
      },
      onResponseError(_controller, error) {
        fail(toErrorCode(error), false);
      },
    };

    if (signal?.aborted === true) return onAbort();
    try {
      pool.dispatch({ origin, method, path, headers, body: body ?? null }, handler);
    } catch (error) {
      fail(toErrorCode(error), false);
    }
    // On an idle connection, the request has already been sent.
    if (startWithinMs !== undefined && progress.name === "queued")
      tooLate = setTimeout(() => giveUp({ timedOut: true }), startWithinMs);

    function finish(
      answering: Progress & { name: "answering" },
      { truncated }: { truncated: boolean },
    ): void {
      if (!settle()) return;
      const { controller, status, retryAfter, chunks } = answering;
      const [only] = chunks;
      const bytes = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      resolve({
        status,
        retryAfter,
        // A truncated body is not used; it may end within a character.
        text: truncated ? "" : withoutByteOrderMark(bytes.toString("utf8")),
        truncated,
      });
      if (truncated) controller.abort(new Error("body too large"));
    }

    function giveUp({ timedOut }: { timedOut: boolean }): void {
      const controller = "controller" in progress ? progress.controller : undefined;
      fail(timedOut ? "deadline passed" : "cancelled", timedOut);
      // This also closes the connection, so that the rest of the answer cannot reach the next request.
      controller?.abort(new Error("given up"));
    }

    /** An error of the parser also holds the bytes that it could not parse, so only its code is passed on. */
    function fail(reason: string, timedOut: boolean): void {
      const neverSent = progress.name === "queued";
      if (!settle()) return;
      const failure = neverSent
        ? ({ kind: "unreachable" } as const)
        : ({ kind: "no-answer", timedOut } as const);
      reject(new MailooError(failure, { cause: new Error(reason) }));
    }

    /** False if it was already settled. */
    function settle(): boolean {
      if (progress.name === "settled") return false;
      progress = { name: "settled" };
      clearTimeout(deadline);
      clearTimeout(tooLate);
      signal?.removeEventListener("abort", onAbort);
      return true;
    }
  });
}

type Progress =
  | { readonly name: "queued" }
  | { readonly name: "sent"; readonly controller: Dispatcher.DispatchController }
  | {
      readonly name: "answering";
      readonly controller: Dispatcher.DispatchController;
      readonly status: number;
      readonly retryAfter: string | null;
      readonly chunks: Buffer[];
      bytes: number;
    }
  | { readonly name: "settled" };

function withoutByteOrderMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/**
 * Reads a `Retry-After` header, seconds or an HTTP date.
 *
 * @returns milliseconds from now, at most `maxMs`; null if there is none, or it is not valid
 */
export function parseRetryAfter(header: string | null, nowMs: number, maxMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(maxMs, Math.ceil(Number(text) * 1000));
  // Must contain letters, because Date.parse accepts almost any digits as a year.
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.min(maxMs, Math.max(0, atMs - nowMs));
}
