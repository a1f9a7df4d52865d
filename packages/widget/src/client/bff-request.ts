import type { ChatErrorCode } from "./chat-client.ts";
import { toRecord } from "./parse-wire.ts";
import type { Page } from "./platform.ts";

export interface BffFailure {
  readonly body?: undefined;
  /** `network` where there was no answer, or none of the BFF's. */
  readonly code: ChatErrorCode;
  /** A wait that the BFF asked for; 0 for none. */
  readonly afterMs: number;
  /** The same request may succeed later. */
  readonly passing: boolean;
  readonly challenge: unknown;
  /** Fields of the visitor without which the BFF takes no message. */
  readonly fields: readonly string[];
}

/** `body` tells the two apart. */
export type BffAnswer<T> = { readonly body: T } | BffFailure;

/**
 * One request to the BFF. Never throws: what goes wrong is a typed answer.
 *
 * @param isComplete whether an answer has what everything stands on. The rest is the promise of the protocol.
 * @param abort is aborted when the time is up.
 */
export async function requestBff<T>(
  { window, setTimer }: Page,
  url: string,
  timeoutMs: number,
  isComplete: (answer: Readonly<Record<string, unknown>>) => unknown,
  init?: RequestInit,
  abort = new AbortController(),
): Promise<BffAnswer<T>> {
  const giveUp = () => abort.abort();
  let status = 0;
  let answer: Readonly<Record<string, unknown>> = {};
  setTimer(giveUp, timeoutMs);
  try {
    // Credentials as is fetch's default: a BFF mounted in the site itself learns from the site's cookie who is signed
    // in, any other gets none.
    const response = await window.fetch(url, { ...init, signal: abort.signal });
    // A success that cannot be read came from something in between: a captive portal, a proxy's page.
    if (!response.ok) status = response.status;
    answer = toRecord(await response.json());
  } catch {
    // No answer, or not a JSON one.
  }
  setTimer(giveUp);
  if (!status && isComplete(answer)) return { body: answer as T };
  return {
    // A newer BFF may know more codes.
    code: (status ? (answer.code ?? "internal") : "network") as ChatErrorCode,
    afterMs: Number(answer.retryAfter) * 1000 || 0,
    passing: !status || status === 408 || status === 429 || status >= 500,
    challenge: answer.challenge,
    fields: Array.isArray(answer.fields) ? answer.fields : [],
  };
}
