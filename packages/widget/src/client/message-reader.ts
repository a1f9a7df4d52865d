import { type MessagePage, SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";
import { type BffAnswer, type BffFailure, requestBff } from "./bff-request.ts";
import { type Browser, randomId } from "./browser.ts";

/** Which messages to read. */
export interface ReadPlace {
  readonly url: string;
  readonly token: string | undefined;
  readonly since: string | null;
}

export interface MessageReaderPort {
  toPlace(): ReadPlace;
  /** The BFF has refused `since`. */
  onRefused(): void;
  /** An answer to a read that had timed out. */
  onLate(answer: BffAnswer<MessagePage>, asked: ReadPlace): void;
}

/** Requests messages from the BFF, and adapts to what the network lets through. */
export interface MessageReader {
  /**
   * @param waitSeconds How long the server may hold the answer; less if longer holds have failed.
   * @param abort Aborted when the caller hangs up.
   * @param timeoutMs How long an answer may take beyond that. @default about as long as earlier answers have taken
   */
  read(waitSeconds: number, abort: AbortController, timeoutMs?: number): Promise<BffAnswer<MessagePage>>;
  /** The current timeout of an answer that is not held. */
  toPatienceMs(): number;
  /** Drops the requests that have timed out and may still be answered. */
  stop(): void;
}

const PATIENCE_MS = 10_000;
const MAX_PATIENCE_MS = 60_000;

/** A read that has timed out may still be answered for this long: some proxies delay every answer by half a minute. */
const LATE_MS = 60_000;

/** Some proxies cut or delay an answer that does not come at once: the first hold is short. */
const FIRST_HOLD_SECONDS = 5;

const NO_ANSWER: BffFailure = {
  code: "network",
  afterMs: 0,
  passing: true,
  challenge: undefined,
  fields: [],
};

export function createMessageReader(browser: Browser, port: MessageReaderPort): MessageReader {
  let patienceMs = PATIENCE_MS;
  let holdSeconds = FIRST_HOLD_SECONDS;
  let maxHoldSeconds = Number.POSITIVE_INFINITY;
  let lastRequestId: string | undefined;
  /** Something in between repeats old answers, such as a service worker that prefers its cache. */
  let isRepeated = false;
  const late = new Set<AbortController>();

  function shortenHold(failedSeconds: number): void {
    if (failedSeconds) holdSeconds = maxHoldSeconds = Math.max(FIRST_HOLD_SECONDS, failedSeconds / 2);
  }

  async function read(
    waitSeconds: number,
    abort: AbortController,
    timeoutMs?: number,
  ): Promise<BffAnswer<MessagePage>> {
    const held = Math.min(waitSeconds, holdSeconds);
    const place = port.toPlace();
    // The conversation is gone, and the connection was stopped.
    if (abort.signal.aborted) return NO_ANSWER;
    const begunAtMs = browser.now();
    const request = new AbortController();
    const hangUp = () => request.abort();
    const toLimitMs = () => held * 1000 + (timeoutMs ?? patienceMs);
    let giveUp = (_: BffFailure) => {};
    const givenUp = new Promise<BffFailure>((resolve) => {
      giveUp = resolve;
    });
    abort.signal.addEventListener("abort", hangUp);

    function onTimeout(): number {
      // The timeout has grown since, after a slower answer.
      const leftMs = begunAtMs + toLimitMs() - browser.now();
      if (leftMs > 0) return leftMs;
      if (late.has(request)) {
        request.abort();
        return 0;
      }
      late.add(request);
      abort.signal.removeEventListener("abort", hangUp);
      shortenHold(held);
      giveUp(NO_ANSWER);
      return LATE_MS;
    }

    async function ask(): Promise<BffAnswer<MessagePage>> {
      const answer = await requestBff<MessagePage>(
        browser,
        isRepeated ? `${place.url}&_=${randomId(browser)}` : place.url,
        toLimitMs(),
        (body) => body.messages,
        {
          cache: "no-store",
          headers: {
            Authorization: `Bearer ${place.token}`,
            ...(place.since && { [SINCE_HEADER]: place.since }),
            ...(held && { [WAIT_HEADER]: `${held}` }),
          },
        },
        request,
        onTimeout,
      );
      const { requestId } = answer;
      if (requestId && requestId === lastRequestId) {
        isRepeated = true;
        return ask();
      }
      lastRequestId = requestId ?? lastRequestId;
      return answer;
    }

    function learn({ body, code }: BffAnswer<MessagePage>): void {
      const tookMs = browser.now() - begunAtMs;
      if (body && !held) patienceMs = Math.min(Math.max(2 * tookMs, PATIENCE_MS), MAX_PATIENCE_MS);
      if (late.has(request) || abort.signal.aborted) return;
      if (body && tookMs >= held * 1000) holdSeconds = Math.min(2 * held || holdSeconds, maxHoldSeconds);
      else if (code === "network") shortenHold(held);
    }

    const asking = ask().then((answer) => {
      learn(answer);
      if (answer.code === "invalid_request") port.onRefused();
      abort.signal.removeEventListener("abort", hangUp);
      if (late.delete(request)) port.onLate(answer, place);
      return answer;
    });
    return Promise.race([asking, givenUp]);
  }

  return {
    read,
    toPatienceMs: () => patienceMs,
    stop() {
      holdSeconds = FIRST_HOLD_SECONDS;
      maxHoldSeconds = Number.POSITIVE_INFINITY;
      for (const request of late) request.abort();
      late.clear();
    },
  };
}
