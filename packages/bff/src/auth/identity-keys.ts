import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { Agent, fetch, ProxyAgent } from "undici";

export interface IdentityKeysOptions {
  readonly url: string;
  /** An http or https proxy; null: none. */
  readonly proxy: string | null;
  readonly log: Logger;
  /** Milliseconds from any start; never steps. @default performance.now */
  readonly steadyMs?: (() => number) | undefined;
}

/** The site's keys cannot be fetched, so no token can be verified for `retryAfterSeconds`. */
export class IdentityKeysUnavailableError extends Error {
  override readonly name = "IdentityKeysUnavailableError";
  readonly retryAfterSeconds: number;

  constructor(retryAfterMs: number) {
    super("the identity keys cannot be fetched");
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  }
}

const TIMEOUT_MS = 3_000;
/** At most one fetch in this time for tokens with unknown keys. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** At most one fetch in this time after a failure. */
const FAILURE_COOLDOWN_MS = 10_000;
const MAX_AGE_MS = 10 * 60 * 1000;
const MAX_BYTES = 64 * 1024;

/**
 * The public keys of a site's identity provider, fetched on demand and cached for ten minutes.
 *
 * The returned function rejects with `IdentityKeysUnavailableError` if they cannot be fetched.
 */
export function createIdentityKeys({
  url,
  proxy,
  log,
  steadyMs = () => performance.now(),
}: IdentityKeysOptions): JWTVerifyGetKey {
  const limits = { maxResponseSize: MAX_BYTES };
  const dispatcher = proxy === null ? new Agent(limits) : new ProxyAgent({ ...limits, uri: proxy });
  let failedAtMs = Number.NEGATIVE_INFINITY;

  const fetchKeys: FetchImplementation = async (address, { headers, signal }) => {
    const waitMs = failedAtMs + FAILURE_COOLDOWN_MS - steadyMs();
    if (waitMs > 0) throw new IdentityKeysUnavailableError(waitMs);
    try {
      const response = await fetch(address, {
        headers: [...headers],
        redirect: "manual",
        dispatcher,
        signal,
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`answered ${response.status}`);
      requireKeySet(text);
      return new Response(text);
    } catch (error) {
      failedAtMs = steadyMs();
      log.error({ host: new URL(url).host, reason: toReason(error) }, "the identity keys cannot be fetched");
      throw new IdentityKeysUnavailableError(FAILURE_COOLDOWN_MS);
    }
  };

  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: fetchKeys,
  });
}

function requireKeySet(text: string): void {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error("the answer is not JSON");
  }
  const keys = typeof answer === "object" && answer !== null && "keys" in answer ? answer.keys : undefined;
  if (!Array.isArray(keys)) throw new Error("the answer is not a key set");
}

/** The system's error code, if there is one. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
