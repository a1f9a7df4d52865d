import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Logger } from "pino";
import { Agent, fetch, ProxyAgent } from "undici";
import { type Clock, systemClock } from "../lib/clock.ts";
import { parseJson } from "../lib/parse-json.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { isCanonicalJwt } from "./session-tokens.ts";
import { toVerifiedVisitor, type VerifiedVisitor, type VisitorSubject } from "./visitor.ts";

export interface IdentityOptions {
  /** For HS256; null: not accepted. */
  readonly secret: string | null;
  /** For RS256 and ES256; null: not accepted. */
  readonly jwksUrl: string | null;
  /** An http or https proxy for `jwksUrl`; null: none. */
  readonly jwksProxy: string | null;
  /** The `iss` that a token must have; null: any or none. */
  readonly issuer: string | null;
  readonly log: Logger;
  readonly clock?: Clock;
}

/**
 * Verifies identity tokens: JWTs in which a site names its signed-in visitor. `sub`, an `exp` at most 24 h ahead and the
 * audience `mailoo-chat` are required; `name` and `email` are used.
 *
 * The returned function rejects with `ProblemError`: `identity_invalid`, or `upstream_unavailable` while the site's keys
 * cannot be fetched, so that the widget sends the message later.
 */
export function createIdentityVerifier(
  options: IdentityOptions,
): (token: string) => Promise<VerifiedVisitor> {
  const { secret, jwksUrl, issuer, log, clock = systemClock } = options;
  const secretKey = secret === null ? null : new TextEncoder().encode(secret);
  const keySet = jwksUrl === null ? null : createKeySet(jwksUrl, { ...options, clock });

  return async (token) => {
    try {
      const { payload, protectedHeader } = await verify(token);
      requireShortLife(payload, clock.epochMs());
      return toVisitor(payload, protectedHeader.alg === "HS256" ? "secret" : "key-set");
    } catch (cause) {
      if (cause instanceof ProblemError) throw cause;
      log.info({ reason: toRefusal(cause) }, "identity token refused");
      throw new ProblemError("identity_invalid", { cause });
    }
  };

  function verify(token: string) {
    if (!isCanonicalJwt(token)) throw new TypeError("not in canonical base64url");
    return jwtVerify(token, findKey, {
      algorithms: ["HS256", "RS256", "ES256"],
      audience: AUDIENCE,
      clockTolerance: LEEWAY_S,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(clock.epochMs()),
      ...(issuer !== null && { issuer }),
    });
  }

  /** Each key is used with its own algorithms only, so that a public key is never used as an HS256 secret. */
  function findKey(...[header, token]: Parameters<JWTVerifyGetKey>) {
    const key = header.alg === "HS256" ? secretKey : keySet?.(header, token);
    if (!key) throw new TypeError("no key for this algorithm");
    return key;
  }
}

const AUDIENCE = "mailoo-chat";
const LEEWAY_S = 60;
const MAX_LIFETIME_S = 24 * 60 * 60;

function requireShortLife({ exp = 0 }: JWTPayload, nowMs: number): void {
  if (exp - nowMs / 1000 > MAX_LIFETIME_S + LEEWAY_S) throw new TypeError("exp is more than 24 h ahead");
}

function toVisitor({ iss, sub, name, email }: JWTPayload, source: VisitorSubject["source"]): VerifiedVisitor {
  if (typeof sub !== "string" || sub === "") throw new TypeError("sub is empty");
  return { ...toVerifiedVisitor({ name, email }), subject: { source, issuer: iss ?? null, id: sub } };
}

/** Messages of jose name a claim, but no value. */
function toRefusal(cause: unknown): string {
  return cause instanceof Error ? cause.message : "not a JWT";
}

const FETCH_TIMEOUT_MS = 3_000;
/** Minimum time between two fetches for tokens with unknown keys. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** Minimum time between two fetches after a failure. */
const FAILURE_COOLDOWN_MS = 10_000;
const KEYS_MAX_AGE_MS = 10 * 60 * 1000;
const KEYS_MAX_BYTES = 64 * 1024;

/** The public keys of a site's identity provider, fetched on demand and cached for ten minutes. */
function createKeySet(
  url: string,
  { jwksProxy, log, clock }: Pick<IdentityOptions, "jwksProxy" | "log"> & { readonly clock: Clock },
): JWTVerifyGetKey {
  const limits = { maxResponseSize: KEYS_MAX_BYTES };
  const dispatcher = jwksProxy === null ? new Agent(limits) : new ProxyAgent({ ...limits, uri: jwksProxy });
  let failedAtMs = Number.NEGATIVE_INFINITY;

  const fetchKeys: FetchImplementation = async (address, { headers, signal }) => {
    const waitMs = failedAtMs + FAILURE_COOLDOWN_MS - clock.steadyMs();
    if (waitMs > 0) throw keysUnavailable(waitMs);
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
      failedAtMs = clock.steadyMs();
      log.error({ host: new URL(url).host, reason: toReason(error) }, "the identity keys cannot be fetched");
      throw keysUnavailable(FAILURE_COOLDOWN_MS);
    }
  };

  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: fetchKeys,
  });
}

/** Retry delay while no token can be verified. */
function keysUnavailable(forMs: number): ProblemError {
  return new ProblemError("upstream_unavailable", {
    retryAfterMs: forMs,
    detail: "the identity keys cannot be fetched",
  });
}

function requireKeySet(text: string): void {
  const answer = parseJson(text);
  if (answer === undefined) throw new Error("the answer is not JSON");
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
