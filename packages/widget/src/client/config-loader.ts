import { type ChatConfig, RESEND_SCHEDULE, retryDelayMs } from "@mailoo-chat/protocol";
import { requestBff } from "./bff-request.ts";
import type { Browser } from "./browser.ts";
import type { ChatErrorCode } from "./chat-client.ts";
import { toRecord } from "./parse-wire.ts";

const TIMEOUT_MS = 10_000;

const isComplete = ({ realtime }: Partial<ChatConfig>) => realtime;

/** Browsers keep it for a minute. A second less, so that a timer of a minute that fires early is not in vain. */
const FRESH_MS = 59_000;

/** A request for the configuration that began before there was a client. */
export interface EarlyConfig {
  readonly url: string;
  /** What came; nothing in it has been checked. Undefined until then, and after a failure. */
  answer?: unknown;
  /** Never rejects. */
  readonly done: Promise<void>;
}

export interface ConfigLoader {
  /** Undefined until it is loaded. */
  readonly config: ChatConfig | undefined;
  /** Failures since the last success. */
  readonly misses: number;
  /** Loads it again, unless a cache would have the same; retries until it succeeds. */
  load(): void;
  /** From now on it is loaded from there: at once, if it is loaded or on its way. */
  setUrl(url: string): void;
  stop(): void;
}

/**
 * @param earlyConfig takes the place of the first request, if that comes soon and this one succeeds.
 * @param onAnswer Called after each attempt, with the configuration, or with the code of what went wrong.
 */
export function createConfigLoader(
  browser: Browser,
  firstUrl: string,
  earlyConfig: EarlyConfig | undefined,
  onAnswer: (config: ChatConfig | undefined, code?: ChatErrorCode) => void,
): ConfigLoader {
  let url = firstUrl;
  let early = earlyConfig;
  let request: AbortController | undefined;
  let freshUntilMs = 0;

  async function load(): Promise<void> {
    if (request || browser.now() < freshUntilMs) return;
    const own = new AbortController();
    request = own;
    const timeoutMs = TIMEOUT_MS * 3 ** Math.min(loader.misses, 2);
    const begun = early;
    early = undefined;
    const isUsable = begun?.url === url && browser.now() < FRESH_MS;
    // Without a wait if it is there: then the panel shows it from its first frame on.
    if (isUsable && !begun.answer) await begun.done;
    if (own !== request) return;
    const body = toRecord(isUsable && begun.answer) as Partial<ChatConfig>;
    const answer = isComplete(body)
      ? { body: body as ChatConfig }
      : await requestBff<ChatConfig>(browser, url, timeoutMs, isComplete, undefined, own);
    if (own !== request) return;
    request = undefined;
    if (answer.body) {
      loader.misses = 0;
      freshUntilMs = browser.now() + FRESH_MS;
      loader.config = answer.body;
    } else if (answer.code !== "origin_not_allowed") {
      browser.setTimer(load, retryDelayMs(RESEND_SCHEDULE, ++loader.misses, Math.random(), answer.afterMs));
    }
    onAnswer(answer.body, answer.code);
  }

  const loader = {
    config: undefined as ChatConfig | undefined,
    misses: 0,
    load,
    setUrl(next: string) {
      if (next === url) return;
      url = next;
      if (!request && !loader.config) return;
      loader.stop();
      freshUntilMs = 0;
      load();
    },
    stop() {
      request?.abort();
      request = undefined;
    },
  };
  return loader;
}
