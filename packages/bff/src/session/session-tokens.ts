/** Issues and reads the bearer tokens by which a browser continues its session. */
export interface SessionTokens {
  issue(sessionPublicId: string, marks?: SessionMarks): IssuedToken;
  /** @throws ProblemError `session_token_invalid`: forged, expired, revoked, or another integration's */
  verify(token: string): VerifiedToken;
}

/** What a token says of its session besides whose it is. */
export interface SessionMarks {
  /** Somebody has vouched for its visitor: from then on, what its visitor merely says of themself does not count. */
  readonly identified: boolean;
}

export interface IssuedToken {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface VerifiedToken extends SessionMarks {
  readonly sessionPublicId: string;
  readonly expiresAtMs: number;
  /** The same as ISO 8601. */
  readonly expiresAt: string;
  /** Past half its life: the answer should carry a fresh one. */
  readonly stale: boolean;
}
