import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { MailooError } from "./errors.ts";

/**
 * One request and its whole answer over a pool of keep-alive connections, direct or through a proxy, under one deadline. It knows HTTP and nothing
 * of the platform: it never retries, never follows a redirect, and tells apart what matters to a send: a request of
 * which no byte left (`unreachable`) and one that may have arrived (`no-answer`).
 */
export interface HttpExchange {
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Drops all connections; open requests fail. Idempotent. */
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Connecting, sending and reading the last byte, all together. */
  readonly deadlineMs: number;
  /** Not a byte leaves later than this; absent: only the deadline counts. */
  readonly startWithinMs?: number | undefined;
  /** A larger body is not read to its end: the answer is `truncated` and the connection dropped. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Null where there is none, or more than one. */
  header(name: string): string | null;
  readonly text: string;
  readonly truncated: boolean;
}

export interface HttpExchangeOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** An http or https proxy on the way there; null: none. */
  readonly proxy: string | null;
  readonly connections: number;
  readonly connectTimeoutMs: number;
}

export function createHttpExchange(options: HttpExchangeOptions): HttpExchange {
  const { origin, proxy, connectTimeoutMs } = options;
  const settings: Pool.Options = {
    connections: options.connections,
    pipelining: 1,
    // HTTP/2 would let one broken connection take many sends with it.
    allowH2: false,
    // Shorter than what servers commonly allow (5 s: Node, uvicorn), so that no POST meets a connection that its server is
    // just closing: it could not be known whether it arrived. A server that says more in Keep-Alive is believed.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    // The deadline below covers both.
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
      // Called right before the first byte goes out: from here on the platform may have acted.
      onRequestStart(controller) {
        clearTimeout(tooLate);
        if (progress.name === "settled") controller.abort(new Error("given up"));
        else progress = { name: "sent", controller };
      },
      onResponseStart(_controller, status, responseHeaders) {
        if (progress.name !== "sent" || status < 200) return;
        progress = { ...progress, name: "answering", status, headers: responseHeaders, chunks: [], bytes: 0 };
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
        fail(toCause(error), false);
      },
    };

    if (signal?.aborted === true) return onAbort();
    try {
      pool.dispatch({ origin, method, path, headers, body: body ?? null }, handler);
    } catch (error) {
      fail(toCause(error), false);
    }
    // Mostly it has left by now, over a connection that was idle.
    if (startWithinMs !== undefined && progress.name === "queued")
      tooLate = setTimeout(() => giveUp({ timedOut: true }), startWithinMs);

    function finish(
      answering: Progress & { name: "answering" },
      { truncated }: { truncated: boolean },
    ): void {
      if (!settle()) return;
      const { controller, status, chunks } = answering;
      const [only] = chunks;
      const bytes = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      resolve({
        status,
        header: (name) => headerOf(answering.headers, name),
        // A body that is too large is of no use, and may be cut within a character.
        text: truncated ? "" : withoutByteOrderMark(bytes.toString("utf8")),
        truncated,
      });
      if (truncated) controller.abort(new Error("body too large"));
    }

    function giveUp({ timedOut }: { timedOut: boolean }): void {
      const controller = "controller" in progress ? progress.controller : undefined;
      fail(new Error(timedOut ? "deadline passed" : "cancelled"), timedOut);
      // An aborted request costs its connection: what is left of the answer must not meet the next request.
      controller?.abort(new Error("given up"));
    }

    function fail(cause: Error, timedOut: boolean): void {
      const neverSent = progress.name === "queued";
      if (!settle()) return;
      reject(
        new MailooError(neverSent ? { kind: "unreachable" } : { kind: "no-answer", timedOut }, { cause }),
      );
    }

    /** False where it had been settled before. */
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
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly chunks: Buffer[];
      bytes: number;
    }
  | { readonly name: "settled" };

/** The kind of trouble without its particulars: a parser's error carries the bytes that it tripped over. */
function toCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error("unknown");
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return new Error(code);
}

function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
