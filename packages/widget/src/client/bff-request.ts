import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import { toRecord, toText } from "./parse-wire.ts";
import type { Platform } from "./platform.ts";

export interface BffRequest {
  readonly headers?: Record<string, string>;
  /** A JSON text. Makes it a POST that outlives the page. */
  readonly body?: string;
  readonly timeoutMs: number;
  /** Gives the request up; it then fails with `network`. */
  readonly signal?: AbortSignal;
}

export type BffAnswer<T> =
  | { readonly ok: true; readonly body: T }
  | {
      readonly ok: false;
      /** `network` where there was no answer, or none of the BFF's. */
      readonly code: ChatErrorCode;
      readonly retryAfterMs: number;
      /** The session is over. */
      readonly end: EndReason | null;
      /** The token was refused: a newer one may help. */
      readonly rejected: boolean;
      /** The same request may succeed later. */
      readonly passing: boolean;
      readonly challenge: unknown;
    };

/** One request to the BFF. Never throws: what goes wrong is a typed answer. */
export async function requestBff<T>(
  platform: Platform,
  url: string,
  { headers = {}, body, timeoutMs, signal }: BffRequest,
  parse: (body: unknown) => T | null,
): Promise<BffAnswer<T>> {
  const abort = new AbortController();
  const giveUp = () => abort.abort();
  const cancelTimer = platform.setTimer(giveUp, timeoutMs);
  signal?.addEventListener("abort", giveUp);
  let status = 0;
  let problem: Record<string, unknown> = {};
  let retryAfter: unknown;
  try {
    if (!signal?.aborted) {
      const response = await platform.fetch(url, {
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        signal: abort.signal,
        // Nothing of ours rides on cookies, and the page's address is not for the BFF to know.
        credentials: "omit",
        ...(body !== undefined && { method: "POST", body, keepalive: true }),
      });
      const answer: unknown = await response.json().catch(() => null);
      const parsed = response.ok ? parse(answer) : null;
      if (parsed !== null) return { ok: true, body: parsed };
      // A success that cannot be read came from something in between: a captive portal, a proxy's page.
      status = response.ok ? 0 : response.status;
      problem = toRecord(answer);
      retryAfter = problem.retryAfter ?? response.headers.get("Retry-After");
    }
  } catch {
    // No answer.
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", giveUp);
  }
  const code = (toText(problem.code) ?? codeOfStatus(status)) as ChatErrorCode; // a newer BFF may know more
  return {
    ok: false,
    code,
    retryAfterMs: (Number(retryAfter) || 0) * 1000,
    end: ENDS.test(code) ? (code.replace(/_/g, "-") as EndReason) : null,
    rejected: code.startsWith("session_token"),
    passing: !status || status === 408 || status === 429 || status >= 500,
    challenge: problem.challenge,
  };
}

const ENDS = /^(session_not_found|session_closed|origin_not_allowed)$/;

function codeOfStatus(status: number): ChatErrorCode {
  if (!status) return "network";
  if (status === 429) return "rate_limited";
  return status < 500 ? "invalid_request" : "upstream_unavailable";
}
