import { type JWTPayload, jwtVerify } from "jose";
import type { Logger } from "pino";
import { ProblemError } from "../lib/problem-error.ts";
import { createIdentityKeys, IdentityKeysUnavailableError } from "./identity-keys.ts";
import { isCanonicalJwt } from "./session-tokens.ts";
import { toVerifiedVisitor, type VerifiedVisitor } from "./visitor.ts";

export interface IdentityOptions {
  /** For tokens with HS256; null: none are accepted. */
  readonly secret: string | null;
  /** For tokens with RS256 or ES256; null: none are accepted. */
  readonly jwksUrl: string | null;
  /** An http or https proxy on the way to `jwksUrl`; null: none. */
  readonly jwksProxy: string | null;
  /** The `iss` that a token must carry; null: any or none. */
  readonly issuer: string | null;
  readonly log: Logger;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds from any start; never steps. @default performance.now */
  readonly steadyMs?: () => number;
}

/**
 * Makes the reader of identity tokens: JWTs by which a site vouches for who is signed in. `sub`, an `exp` at most
 * 24 h ahead and the audience `mailoo-chat` are required, `name` and `email` are what is passed on.
 *
 * The reader rejects with `ProblemError`: `identity_invalid`, or `upstream_unavailable` while the site's keys cannot be
 * fetched, so that the visitor's message is sent later instead of being refused for good.
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
      const { payload } = await verify(token);
      requireShortLife(payload, now());
      return toVisitor(payload);
    } catch (cause) {
      if (cause instanceof IdentityKeysUnavailableError) {
        const { retryAfterSeconds, message } = cause;
        throw new ProblemError("upstream_unavailable", { retryAfterSeconds, detail: message, cause });
      }
      throw new ProblemError("identity_invalid", { cause });
    }
  };

  /** Which key is asked is decided by the algorithm, and the algorithms of a key are ours to choose: no public key is ever a secret. */
  async function verify(token: string) {
    const rules = {
      audience: AUDIENCE,
      clockTolerance: LEEWAY_S,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(now()),
      ...(issuer !== null && { issuer }),
    };
    if (!isCanonicalJwt(token)) throw new TypeError("not as signers write it");
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

/** A token that lives long is one that is stolen long. */
function requireShortLife({ exp = 0 }: JWTPayload, nowMs: number): void {
  if (exp - nowMs / 1000 > LONGEST_LIFE_S + LEEWAY_S) throw new TypeError("exp lies more than 24 h ahead");
}

function toVisitor({ sub, name, email }: JWTPayload): VerifiedVisitor {
  if (typeof sub !== "string" || sub === "") throw new TypeError("sub is empty");
  return toVerifiedVisitor({ name, email });
}
