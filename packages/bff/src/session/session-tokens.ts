/** Issues and reads the bearer tokens by which a browser continues its session. */
export interface SessionTokens {
  issue(sessionPublicId: string): Promise<IssuedToken>;
  /** Rejects with `ProblemError("session_token_invalid")`: forged, expired, revoked, or another integration's. */
  verify(token: string): Promise<VerifiedToken>;
}

export interface IssuedToken {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface VerifiedToken {
  readonly sessionPublicId: string;
  readonly expiresAtMs: number;
  /** Past half its life: the answer should carry a fresh one. */
  readonly stale: boolean;
}
