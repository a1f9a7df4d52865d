import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import { toRecord } from "./parse-wire.ts";
import type { Page } from "./platform.ts";

export interface BffFailure {
  readonly body?: undefined;
  /** `network` where there was no answer, or none of the BFF's. */
  readonly code: ChatErrorCode;
  readonly retryAfterMs: number;
  /** The session is over; with `token-rejected` only if no newer token is known. */
  readonly end: EndReason | undefined;
  /** The same request may succeed later. */
  readonly passing: boolean;
  readonly challenge: unknown;
}

/** `body` tells the two apart. */
export type BffAnswer<T> = { readonly body: T } | BffFailure;

/**
 * One request to the BFF. Never throws: what goes wrong is a typed answer.
 *
 * @param abort is aborted when the time is up.
 */
export async function requestBff<T extends object>(
  { window, startTimer }: Page,
  url: string,
  timeoutMs: number,
  parse: (body: unknown) => T | null,
  init?: RequestInit,
  abort = new AbortController(),
): Promise<BffAnswer<T>> {
  const stopTimer = startTimer(() => abort.abort(), timeoutMs);
  let status = 0;
  let retryAfter: unknown;
  let problem: Record<string, unknown> = {};
  try {
    // Credentials as is fetch's default: a BFF mounted in the site itself learns from the site's cookie who is signed
    // in, any other gets none.
    const response = await window.fetch(url, { ...init, signal: abort.signal });
    // A success that cannot be read came from something in between: a captive portal, a proxy's page.
    if (!response.ok) status = response.status;
    retryAfter = response.headers.get("Retry-After");
    const answer: unknown = await response.json();
    const body = !status && parse(answer);
    if (body) return { body };
    problem = toRecord(answer);
  } catch {
    // No answer, or not a JSON one.
  } finally {
    stopTimer();
  }
  const code = (problem.code ?? (status ? "internal" : "network")) as ChatErrorCode; // a newer BFF may know more
  return {
    code,
    retryAfterMs: (Number(problem.retryAfter ?? retryAfter) || 0) * 1000,
    end: ENDS[code],
    passing: !status || status === 408 || status === 429 || status >= 500,
    challenge: problem.challenge,
  };
}

const ENDS: { readonly [code in ChatErrorCode]?: EndReason } = {
  session_token_required: "token-rejected",
  session_token_invalid: "token-rejected",
  session_not_found: "session-not-found",
  session_closed: "session-closed",
  origin_not_allowed: "origin-not-allowed",
};
