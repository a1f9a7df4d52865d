import { createSecretKey, hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { ProblemError } from "../lib/problem-error.ts";

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** What a token states about its session besides the id. */
interface SessionMarks {
  /** The visitor's identity has been verified. Unverified claims are then ignored. */
  readonly identified: boolean;
  /** A keyed hash of the signed-in visitor who owns the session. Null: no known owner. */
  readonly owner: string | null;
}

export interface VerifiedToken extends SessionMarks {
  readonly sessionPublicId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** The token came with the send that opened the session. */
  readonly opened: boolean;
  /** Past half its lifetime: the answer should include a new one. */
  readonly stale: boolean;
}

export interface SessionTokensOptions {
  /** The first signs, all verify. At least one. */
  readonly secrets: readonly string[];
  readonly projectUid: string;
  readonly integrationId: string;
  /** Tokens issued before this moment, in epoch milliseconds, are refused. @default null: none are */
  readonly revokedBeforeMs?: number | null;
  /** Called for each token that is issued or successfully verified. */
  readonly onSession?: (sessionPublicId: string, issuedAtMs: number, opened: boolean) => void;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * The bearer tokens of sessions: JWTs with HS256. Verified tokens are cached by their SHA-256: after the first request,
 * verifying a token costs one hash, and no token stays in memory.
 */
export function createSessionTokens(options: SessionTokensOptions) {
  const { secrets, projectUid, integrationId, revokedBeforeMs = null, onSession, now = Date.now } = options;
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  const [signingKey] = keys;
  if (signingKey === undefined) throw new TypeError("secrets: give at least one");
  const audience = toAudience(projectUid, integrationId);
  const verified = new LRUCache<string, VerifiedClaims>({ max: CACHE_MAX_TOKENS });

  return {
    /** `opened`: a send has just opened the session. */
    async issue(
      sessionPublicId: string,
      { identified, owner }: SessionMarks = NO_MARKS,
      { opened }: { readonly opened: boolean } = { opened: false },
    ) {
      const issuedAtS = Math.floor(now() / 1000);
      const expiresAtS = issuedAtS + LIFETIME_S;
      const token = await new SignJWT({
        ...(identified && { idv: IDENTIFIED }),
        ...(owner !== null && { own: owner }),
        ...(opened && { opn: OPENED }),
      })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(sessionPublicId)
        .setAudience(audience)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(expiresAtS)
        .sign(signingKey);
      onSession?.(sessionPublicId, issuedAtS * 1000, opened);
      return { token, expiresAt: new Date(expiresAtS * 1000).toISOString() };
    },

    /** Rejects with `ProblemError` `session_token_invalid`: forged, expired, revoked, or for another integration. */
    async verify(token: string): Promise<VerifiedToken> {
      if (token.length > TOKEN_MAX_LENGTH) throw new ProblemError("session_token_invalid");
      const fingerprint = hash("sha256", token, "base64url");
      let claims = verified.get(fingerprint);
      if (claims === undefined) {
        claims = await verifyWithAny(token);
        verified.set(fingerprint, claims);
      }
      const { issuedAtMs, expiresAtMs } = claims;
      const isRevoked = revokedBeforeMs !== null && issuedAtMs < revokedBeforeMs;
      if (isRevoked || now() >= expiresAtMs) throw new ProblemError("session_token_invalid");
      onSession?.(claims.sessionPublicId, issuedAtMs, claims.opened);
      return { ...claims, stale: now() >= (issuedAtMs + expiresAtMs) / 2 };
    },
  };

  async function verifyWithAny(token: string): Promise<VerifiedClaims> {
    const rules = { algorithms: ["HS256"], audience, currentDate: new Date(now()) };
    if (!isCanonicalJwt(token)) throw new ProblemError("session_token_invalid");
    let cause: unknown;
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, key, rules);
        return toClaims(payload);
      } catch (error) {
        cause = error;
      }
    }
    throw new ProblemError("session_token_invalid", { cause });
  }
}

/** A hash, so that tokens do not reveal the platform's ids. */
export function toAudience(projectUid: string, integrationId: string): string {
  const digest = hash("sha256", `${projectUid}/${integrationId}`, "buffer");
  return digest.subarray(0, 16).toString("base64url");
}

type VerifiedClaims = Omit<VerifiedToken, "stale">;

const NO_MARKS: SessionMarks = { identified: false, owner: null };

/** Value of the claim `idv`, which is left out if the visitor is not identified. */
const IDENTIFIED = 1;
/** Value of the claim `opn`, which is left out if no send has opened the session. */
const OPENED = 1;
const LIFETIME_S = 30 * 24 * 60 * 60;
const TOKEN_MAX_LENGTH = 2048;
const CACHE_MAX_TOKENS = 20_000;
/** The latest `Date`. */
const LAST_DATE_S = 8.64e12;

function toClaims({ sub, exp, iat, idv, own, opn }: JWTPayload): VerifiedClaims {
  if (!sub || exp === undefined || Math.abs(exp) > LAST_DATE_S) throw new TypeError("not a session token");
  return {
    sessionPublicId: sub,
    issuedAtMs: (iat ?? exp - LIFETIME_S) * 1000,
    expiresAtMs: exp * 1000,
    identified: idv === IDENTIFIED,
    owner: typeof own === "string" ? own : null,
    opened: opn === OPENED,
  };
}

/** The token of `Authorization: Bearer …`; undefined if there is none, or the scheme is different. */
export function bearerToken(req: IncomingMessage): string | undefined {
  const match = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? "");
  return match?.[1];
}

/**
 * Whether each part is canonical base64url. Most signatures have several encodings, and libraries accept them all, so a
 * token with a changed last character could otherwise still be valid.
 */
export function isCanonicalJwt(token: string): boolean {
  return token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
}
