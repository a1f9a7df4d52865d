import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { ProblemError } from "../problem-error.ts";
import type { SessionMarks, SessionTokens, VerifiedToken } from "./session-tokens.ts";

export interface SessionTokensOptions {
  /** The first signs, all verify. At least one. */
  readonly secrets: readonly string[];
  readonly projectUid: string;
  readonly integrationId: string;
  /** Tokens issued before this moment, in epoch milliseconds, are refused. @default null: none are */
  readonly revokedBeforeMs?: number | null;
  /** Called with each token that is issued or found valid. */
  readonly onSession?: (sessionPublicId: string, issuedAtMs: number) => void;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * JWTs with HS256 by `node:crypto`. jose would do the same at ten times the cost, and this stands in the way of
 * every request; a test holds the two against each other. Verified tokens are remembered by their SHA-256, so
 * that a browser's second request costs one hash and the memory holds no token.
 */
export function createSessionTokens(options: SessionTokensOptions): SessionTokens {
  const { secrets, projectUid, integrationId, revokedBeforeMs = null, onSession, now = Date.now } = options;
  const [signingSecret] = secrets;
  if (signingSecret === undefined) throw new TypeError("secrets: give at least one");

  const audience = toAudience(projectUid, integrationId);
  const verified = new LRUCache<string, VerifiedClaims>({ max: CACHE_MAX_TOKENS });

  return {
    issue(sessionPublicId, { identified } = UNMARKED) {
      const issuedAtS = Math.floor(now() / 1000);
      const expiresAtS = issuedAtS + LIFETIME_S;
      const claims = { sub: sessionPublicId, aud: audience, iat: issuedAtS, exp: expiresAtS };
      const payload = identified ? { ...claims, idv: IDENTIFIED } : claims;
      onSession?.(sessionPublicId, issuedAtS * 1000);
      const signed = `${HEADER}.${toBase64Url(JSON.stringify(payload))}`;
      return {
        token: `${signed}.${sign(signed, signingSecret)}`,
        expiresAt: new Date(expiresAtS * 1000).toISOString(),
      };
    },

    verify(token) {
      if (token.length > TOKEN_MAX_LENGTH) throw new ProblemError("session_token_invalid");
      const fingerprint = hash("sha256", token, "base64url");
      const known = verified.get(fingerprint);
      const claims = known ?? parseToken(token, secrets, audience);
      if (claims === null || !isInForce(claims, now(), revokedBeforeMs)) {
        throw new ProblemError("session_token_invalid");
      }
      if (known === undefined) verified.set(fingerprint, claims);
      onSession?.(claims.sessionPublicId, claims.issuedAtMs);
      return toVerifiedToken(claims, now());
    },
  };
}

/** What a token was issued for, without any id of the platform in readable form. */
export function toAudience(projectUid: string, integrationId: string): string {
  const digest = hash("sha256", `${projectUid}/${integrationId}`, "buffer");
  return digest.subarray(0, 16).toString("base64url");
}

interface VerifiedClaims extends SessionMarks {
  readonly sessionPublicId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** ISO 8601, which takes longer to write than all else that a remembered token needs. */
  readonly expiresAt: string;
}

const UNMARKED: SessionMarks = { identified: false };
/** The value of the claim `idv`, which is left out where it would say no. */
const IDENTIFIED = 1;
/** No `Date` is later. */
const LAST_DATE_MS = 8.64e15;
const LIFETIME_S = 30 * 24 * 60 * 60;
const TOKEN_MAX_LENGTH = 2048;
const CACHE_MAX_TOKENS = 20_000;
const HEADER = toBase64Url(JSON.stringify({ alg: "HS256", typ: "JWT" }));

/** Null for everything but a token that one of the secrets signed for this audience. */
function parseToken(token: string, secrets: readonly string[], audience: string): VerifiedClaims | null {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return null;
  if (!isPinnedHeader(header)) return null;
  const signed = `${header}.${payload}`;
  if (!secrets.some((secret) => isSameText(signature, sign(signed, secret)))) return null;
  return toClaims(parseJsonObject(payload), audience);
}

/** `alg` is ours to choose, never the token's; `crit` names extensions that we do not know. */
function isPinnedHeader(segment: string): boolean {
  if (segment === HEADER) return true;
  const header = parseJsonObject(segment);
  return header?.alg === "HS256" && !Object.hasOwn(header, "crit");
}

function toClaims(payload: JsonObject | null, audience: string): VerifiedClaims | null {
  if (payload === null) return null;
  const { sub, aud, exp, iat, idv } = payload;
  if (typeof sub !== "string" || sub === "" || aud !== audience) return null;
  if (typeof exp !== "number" || !(Math.abs(exp * 1000) <= LAST_DATE_MS)) return null;
  const issuedAtS = iat ?? exp - LIFETIME_S;
  if (typeof issuedAtS !== "number" || !Number.isFinite(issuedAtS)) return null;
  const identified = idv === IDENTIFIED;
  const expiresAtMs = exp * 1000;
  const expiresAt = new Date(expiresAtMs).toISOString();
  return { sessionPublicId: sub, issuedAtMs: issuedAtS * 1000, expiresAtMs, expiresAt, identified };
}

function isInForce(claims: VerifiedClaims, nowMs: number, revokedBeforeMs: number | null): boolean {
  return nowMs < claims.expiresAtMs && (revokedBeforeMs === null || claims.issuedAtMs >= revokedBeforeMs);
}

function toVerifiedToken(claims: VerifiedClaims, nowMs: number): VerifiedToken {
  const { sessionPublicId, issuedAtMs, expiresAtMs, expiresAt, identified } = claims;
  const stale = nowMs >= (issuedAtMs + expiresAtMs) / 2;
  return { sessionPublicId, expiresAtMs, expiresAt, identified, stale };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseJsonObject(segment: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

function sign(signed: string, secret: string): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}

/** As text and not as bytes: base64url has several spellings of one signature, and only one of them is ours. */
function isSameText(given: string, expected: string): boolean {
  const givenBytes = Buffer.from(given);
  const expectedBytes = Buffer.from(expected);
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes);
}

function toBase64Url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}
