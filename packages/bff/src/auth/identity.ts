import { type JWTPayload, jwtVerify } from "jose";
import type { Logger } from "pino";
import { ProblemError } from "../lib/problem-error.ts";
import { createIdentityKeys, IdentityKeysUnavailableError } from "./identity-keys.ts";
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
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds from any start; never steps. @default performance.now */
  readonly steadyMs?: () => number;
}

/**
 * Verifies identity tokens: JWTs in which a site names its signed-in visitor. `sub`, an `exp` at most 24 h ahead and the
 * audience `mailoo-chat` are required; `name` and `email` are used.
 *
 * The returned function rejects with `ProblemError`: `identity_invalid`, or `upstream_unavailable` while the site's keys cannot
 * be fetched, so that the message is sent later instead of being refused.
 */
export function createIdentityVerifier(
  options: IdentityOptions,
): (token: string) => Promise<VerifiedVisitor> {
  const { secret, jwksUrl, jwksProxy, issuer, log, now = Date.now, steadyMs } = options;
  const secretKey = secret === null ? null : new TextEncoder().encode(secret);
  const keySet =
    jwksUrl === null ? null : createIdentityKeys({ url: jwksUrl, proxy: jwksProxy, log, steadyMs });

  return async (token) => {
    try {
      const { payload, protectedHeader } = await verify(token);
      requireShortLife(payload, now());
      return toVisitor(payload, protectedHeader.alg === "HS256" ? "secret" : "key-set");
    } catch (cause) {
      if (cause instanceof IdentityKeysUnavailableError) {
        const { retryAfterSeconds, message } = cause;
        throw new ProblemError("upstream_unavailable", { retryAfterSeconds, detail: message, cause });
      }
      throw new ProblemError("identity_invalid", { cause });
    }
  };

  /** Each key is used with its own algorithms only, so that a public key is never used as an HS256 secret. */
  async function verify(token: string) {
    const rules = {
      audience: AUDIENCE,
      clockTolerance: LEEWAY_S,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(now()),
      ...(issuer !== null && { issuer }),
    };
    if (!isCanonicalJwt(token)) throw new TypeError("not in canonical base64url");
    const [header = ""] = token.split(".", 1);
    const { alg } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as { alg?: unknown };
    if (alg === "HS256" && secretKey) return jwtVerify(token, secretKey, { ...rules, algorithms: ["HS256"] });
    if ((alg === "RS256" || alg === "ES256") && keySet) {
      return jwtVerify(token, keySet, { ...rules, algorithms: ["RS256", "ES256"] });
    }
    throw new TypeError("no key for this algorithm");
  }
}

const AUDIENCE = "mailoo-chat";
const LEEWAY_S = 60;
const LONGEST_LIFE_S = 24 * 60 * 60;

function requireShortLife({ exp = 0 }: JWTPayload, nowMs: number): void {
  if (exp - nowMs / 1000 > LONGEST_LIFE_S + LEEWAY_S) throw new TypeError("exp is more than 24 h ahead");
}

function toVisitor({ iss, sub, name, email }: JWTPayload, source: VisitorSubject["source"]): VerifiedVisitor {
  if (typeof sub !== "string" || sub === "") throw new TypeError("sub is empty");
  return { ...toVerifiedVisitor({ name, email }), subject: { source, issuer: iss ?? null, id: sub } };
}
