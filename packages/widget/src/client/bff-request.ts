import type { Browser } from "./browser.ts";
import type { ChatErrorCode } from "./chat-client.ts";
import { toRecord } from "./parse-wire.ts";

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
  readonly requestId?: string | undefined;
}

export interface BffSuccess<T> {
  readonly body: T;
  readonly code?: undefined;
  readonly requestId?: string | undefined;
}

/** `body` tells the two apart. `requestId` is different in every answer that comes from the BFF itself. */
export type BffAnswer<T> = BffSuccess<T> | BffFailure;

/**
 * One request to the BFF. Never throws: failures are a typed answer.
 *
 * @param quietMs Longest time without a byte of the answer. A transfer that makes progress is never cut.
 * @param isComplete whether the fields are there that nothing works without. The protocol promises the rest.
 * @param onQuiet Returns how many milliseconds more to wait, or 0. @default aborts
 */
export async function requestBff<T>(
  { window, setTimer }: Browser,
  url: string,
  quietMs: number,
  isComplete: (answer: Readonly<Record<string, unknown>>) => unknown,
  init?: RequestInit,
  abort = new AbortController(),
  onQuiet = (): number => {
    abort.abort();
    return 0;
  },
): Promise<BffAnswer<T>> {
  let status = 0;
  let requestId: string | undefined;
  let answer: Readonly<Record<string, unknown>> = {};
  const watch = () => {
    const moreMs = onQuiet();
    if (moreMs) setTimer(watch, moreMs);
  };
  setTimer(watch, quietMs);
  try {
    // The default credentials: a BFF mounted in the site itself gets the site's cookie, any other gets none.
    const response = await window.fetch(url, { ...init, signal: abort.signal });
    // A success that cannot be read comes from something in between, such as a captive portal.
    if (!response.ok) status = response.status;
    requestId = response.headers.get("X-Request-Id") ?? undefined;
    answer = toRecord(await readJson(response, () => setTimer(watch, quietMs)));
  } catch {
    // No answer, or no JSON.
  }
  setTimer(watch);
  if (!status && isComplete(answer)) return { body: answer as T, requestId };
  return {
    // A newer BFF may know more codes.
    code: (status ? (answer.code ?? "internal") : "network") as ChatErrorCode,
    afterMs: Number(answer.retryAfter) * 1000 || 0,
    passing: !status || status === 408 || status === 429 || status >= 500,
    challenge: answer.challenge,
    fields: Array.isArray(answer.fields) ? answer.fields : [],
    requestId,
  };
}

async function readJson(response: Response, onPiece: () => void): Promise<unknown> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  // Some pages replace `fetch` by one without streams.
  if (!reader) return response.json();
  let text = "";
  for (;;) {
    onPiece();
    const { done, value } = await reader.read();
    if (done) return JSON.parse(text + decoder.decode());
    text += decoder.decode(value, { stream: true });
  }
}
