import { randomUUID } from "node:crypto";
import type { SubmitResponse } from "@mailoo-chat/protocol";
import { submitRequestSchema } from "@mailoo-chat/protocol/schemas";
import type { Request } from "express";
import type { z } from "zod";
import type { ChallengeGate } from "../auth/challenge-gate.ts";
import { bearerToken, type SessionTokens, type VerifiedToken } from "../auth/session-tokens.ts";
import {
  type ResolveVisitor,
  requirePreChat,
  type SenderRules,
  toSender,
  type VerifiedVisitor,
  type VisitorClaims,
} from "../auth/visitor.ts";
import type { FeedRegistry } from "../feed/registry.ts";
import { addressBlock } from "../lib/client-address.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { SendScope } from "../sends/scope.ts";
import type { SendService } from "../sends/service.ts";
import { type ContextRules, toContextEntries } from "./context-entries.ts";
import type { RateLimits } from "./limits.ts";
import type { ChatHandler } from "./problems.ts";

export interface SubmitDeps {
  readonly tokens: SessionTokens;
  readonly sends: SendService;
  readonly feeds: Pick<FeedRegistry, "publish">;
  readonly limits: RateLimits;
  readonly challengeGate: ChallengeGate;
  readonly senderRules: SenderRules;
  /** Verifies an identity token; rejects with `ProblemError("identity_invalid")`. */
  readonly verifyIdentity: (token: string) => Promise<VerifiedVisitor>;
  /** Asks the host application who the visitor is; null: there is none. */
  readonly resolveVisitor: ResolveVisitor | null;
  readonly contextRules: ContextRules;
  /** Sent to the platform if the request has no origin. */
  readonly defaultOrigin: string;
}

/** `POST submit`: checks limits, token and visitor, sends, and answers. */
export function submitMessage(deps: SubmitDeps): ChatHandler {
  return async (req, res) => {
    const body = parseSubmit(req.body);
    const session = await authorise(deps.tokens, bearerToken(req), body.sessionPublicId);
    if (session) {
      res.locals.sessionPublicId = session.verified.sessionPublicId;
      await deps.limits.send(session.verified.sessionPublicId);
    } else {
      await deps.challengeGate.check(body.challengeSolution);
      await admitNewSession(deps, addressBlock(req.ip));
    }
    const verified = await identify(deps, req, body.visitor);
    if (!session) {
      requirePreChat(deps.senderRules.preChat, verified, body.visitor);
      await deps.challengeGate.use(body.challengeSolution);
    }
    // In a session whose visitor was verified, unverified claims no longer count.
    const identified = verified !== null || session?.verified.identified === true;
    const sender = toSender(deps.senderRules, verified, identified && !verified ? undefined : body.visitor);
    const origin = res.locals.allowedOrigin ?? deps.defaultOrigin;

    const outcome = await deps.sends.submit({
      scope: toScope(session?.verified.sessionPublicId, body.visitorKey),
      clientMessageId: body.clientMessageId ?? null,
      // Without a key, no earlier attempt can be found.
      attempt: session || body.visitorKey ? body.attempt : 1,
      after: body.after,
      content: body.content,
      origin,
      sender,
      senderVerified: verified !== null && verified.name === sender?.name && verified.email === sender?.email,
      context: toContextEntries(deps.contextRules, body.context, origin),
    });
    res.locals.sessionPublicId = outcome.sessionPublicId;
    deps.feeds.publish(outcome.sessionPublicId, outcome.message);
    const grant =
      session && !session.verified.stale && session.verified.identified === identified
        ? { token: session.token, expiresAt: new Date(session.verified.expiresAtMs).toISOString() }
        : await deps.tokens.issue(outcome.sessionPublicId, { identified });
    const answer: SubmitResponse = {
      message: outcome.message,
      session: { sessionPublicId: outcome.sessionPublicId, ...grant },
    };
    res
      .status(outcome.replayed ? 200 : 201)
      .set("Cache-Control", "no-store")
      .json(answer);
  };
}

function parseSubmit(body: unknown): z.output<typeof submitRequestSchema> {
  const parsed = submitRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  // A path holds only keys of the schema, never one that the caller made up.
  const [issue] = parsed.error.issues;
  throw new ProblemError("invalid_request", {
    detail: `${issue?.path.join(".") || "body"}: ${issue?.message}`,
  });
}

async function authorise(
  tokens: SessionTokens,
  token: string | undefined,
  sessionPublicId: string | undefined,
): Promise<{ readonly token: string; readonly verified: VerifiedToken } | null> {
  if (token === undefined) {
    if (sessionPublicId !== undefined) throw new ProblemError("session_token_required");
    return null;
  }
  const verified = await tokens.verify(token);
  if (sessionPublicId !== undefined && sessionPublicId !== verified.sessionPublicId) {
    throw new ProblemError("session_not_found");
  }
  return { token, verified };
}

async function admitNewSession(
  { limits, challengeGate }: Pick<SubmitDeps, "limits" | "challengeGate">,
  block: string,
): Promise<void> {
  try {
    await limits.newSession(block);
  } catch (error) {
    challengeGate.sessionRefused(block);
    throw error;
  }
}

function identify(
  { verifyIdentity, resolveVisitor }: SubmitDeps,
  req: Request,
  claims: VisitorClaims | undefined,
): Promise<VerifiedVisitor | null> | null {
  if (claims?.token !== undefined) return verifyIdentity(claims.token);
  return resolveVisitor === null ? null : resolveVisitor(req);
}

/** A first message without a key gets a random one, so that it never joins another session. */
function toScope(sessionPublicId: string | undefined, visitorKey: string | undefined): SendScope {
  if (sessionPublicId !== undefined) return { kind: "session", sessionPublicId };
  return { kind: "first", visitorKey: visitorKey ?? randomUUID() };
}
