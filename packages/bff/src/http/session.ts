import type { SessionResponse } from "@mailoo-chat/protocol";
import { sessionRequestSchema } from "@mailoo-chat/protocol/schemas";
import { bearerToken, type SessionTokens, type VerifiedToken } from "../auth/session-tokens.ts";
import { type IdentifyDeps, identify } from "../auth/visitor.ts";
import type { VisitorSessions } from "../auth/visitor-sessions.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { RateLimits } from "./limits.ts";
import type { ChatHandler } from "./problems.ts";
import { parseBody } from "./read-request.ts";

export interface SessionDeps extends IdentifyDeps {
  readonly tokens: SessionTokens;
  readonly limits: RateLimits;
  /** Null: each browser has its own conversation. */
  readonly visitorSessions: VisitorSessions | null;
}

/**
 * `POST session`: the conversation of the signed-in visitor. Opens no session and does not call the platform. Verifies the
 * identity before any lookup.
 */
export function findSession({ visitorSessions, ...deps }: SessionDeps): ChatHandler {
  return async (req, res) => {
    if (visitorSessions === null) throw new ProblemError("not_found");
    const { visitor: claims, leave } = parseBody(sessionRequestSchema, req.body);
    const visitor = visitorSessions.toVisitor(await identify(deps, req, claims?.token));
    let answer: SessionResponse = { session: null, visitor: null };
    if (visitor) {
      await deps.limits.send(`visitor ${visitor.ids[0]}`);
      const held = await verifyHeld(deps.tokens, bearerToken(req));
      if (leave) await visitorSessions.leave(visitor, held);
      const sessionPublicId = await visitorSessions.resume(visitor, held);
      answer = { session: null, visitor: visitor.publicId };
      if (sessionPublicId !== null) {
        res.locals.sessionPublicId = sessionPublicId;
        const grant = await deps.tokens.issue(sessionPublicId, { identified: true, owner: visitor.ids[0] });
        answer = { ...answer, session: { sessionPublicId, ...grant } };
      }
    }
    res.set("Cache-Control", "no-store").json(answer);
  };
}

/** A token that is no longer valid is ignored, because the visitor is identified without it. */
async function verifyHeld(tokens: SessionTokens, token: string | undefined): Promise<VerifiedToken | null> {
  try {
    return token === undefined ? null : await tokens.verify(token);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "session_token_invalid") return null;
    throw error;
  }
}
