import { randomUUID } from "node:crypto";
import type { SubmitResponse } from "@mailoo-chat/protocol";
import { submitRequestSchema } from "@mailoo-chat/protocol/schemas";
import type { ChallengeGate } from "../auth/challenge-gate.ts";
import { bearerToken, type SessionTokens, type VerifiedToken } from "../auth/session-tokens.ts";
import { type IdentifyDeps, identify, requirePreChat, type SenderRules, toSender } from "../auth/visitor.ts";
import type { SignedInVisitor, VisitorSessions } from "../auth/visitor-sessions.ts";
import type { FeedRegistry } from "../feed/registry.ts";
import { addressBlock } from "../lib/client-address.ts";
import { isSessionOver, ProblemError } from "../lib/problem-error.ts";
import type { Send, SendScope } from "../sends/scope.ts";
import type { SendOutcome, SendService } from "../sends/service.ts";
import type { RateLimits } from "./limits.ts";
import type { ReadContext } from "./page-context.ts";
import type { ChatHandler } from "./problems.ts";
import { parseBody } from "./read-request.ts";

export interface SubmitDeps extends IdentifyDeps {
  readonly tokens: SessionTokens;
  readonly sends: SendService;
  readonly feeds: FeedRegistry;
  readonly limits: RateLimits;
  readonly challengeGate: ChallengeGate;
  readonly senderRules: SenderRules;
  readonly readContext: ReadContext;
  /** Null: each browser has its own conversation. */
  readonly visitorSessions: VisitorSessions | null;
  /** Sent to the platform if the request has no origin. */
  readonly defaultOrigin: string;
}

/** `POST submit`: checks limits, token and visitor, sends, and answers. */
export function submitMessage(deps: SubmitDeps): ChatHandler {
  return async (req, res) => {
    const body = parseBody(submitRequestSchema, req.body);
    const session = await authorise(deps.tokens, bearerToken(req), body.sessionPublicId);
    if (session) {
      res.locals.sessionPublicId = session.verified.sessionPublicId;
      await deps.limits.send(session.verified.sessionPublicId);
    } else {
      await deps.challengeGate.check(body.challengeSolution);
      await admitNewSession(deps, addressBlock(req.ip));
    }
    const verified = await identify(deps, req, body.visitor?.token);
    const visitor = deps.visitorSessions?.toVisitor(verified) ?? null;
    if (!session) {
      requirePreChat(deps.senderRules.preChat, verified, body.visitor);
      await deps.challengeGate.use(body.challengeSolution);
    }
    // In a session with a verified visitor, unverified claims are ignored.
    const identified = verified !== null || session?.verified.identified === true;
    const sender = toSender(deps.senderRules, verified, identified && !verified ? undefined : body.visitor);
    const origin = res.locals.allowedOrigin ?? deps.defaultOrigin;

    // Before sending, so that a visitor cannot write in the session of another signed-in visitor.
    if (visitor && session) {
      const { sessionPublicId, owner } = session.verified;
      await deps.visitorSessions?.claim(visitor, sessionPublicId, owner);
    }
    // The owner has left it in another browser. A repeated attempt may only need the answer to the first one.
    if (session && body.attempt === 1 && (await deps.visitorSessions?.isOver(session.verified)))
      throw new ProblemError("session_closed");
    const from = { session: session?.verified ?? null, visitor, visitorKey: body.visitorKey };
    const outcome = await sendFrom(deps, from, {
      clientMessageId: body.clientMessageId ?? null,
      // Without a key, no earlier attempt can be found.
      attempt: session || visitor || body.visitorKey ? body.attempt : 1,
      after: body.after,
      content: body.content,
      origin,
      sender,
      senderVerified: verified !== null && verified.name === sender?.name && verified.email === sender?.email,
      context: deps.readContext(body.context, origin),
    });
    res.locals.sessionPublicId = outcome.sessionPublicId;
    deps.feeds.publish(outcome.sessionPublicId, outcome.message);
    const known = session?.verified.owner ?? null;
    const owner = known ?? (await rememberSession(deps, visitor, outcome.sessionPublicId));
    const marks = { identified, owner };
    const grant =
      session && !session.verified.stale && hasMarks(session.verified, marks)
        ? { token: session.token, expiresAt: new Date(session.verified.expiresAtMs).toISOString() }
        : await deps.tokens.issue(outcome.sessionPublicId, marks, { opened: session === null });
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

/** Makes the visitor the owner of a conversation that is new, or began before sign-in. Resolves to the owner, if known. */
async function rememberSession(
  { visitorSessions }: Pick<SubmitDeps, "visitorSessions">,
  visitor: SignedInVisitor | null,
  sessionPublicId: string,
): Promise<string | null> {
  if (!visitorSessions || !visitor) return null;
  const owner = await visitorSessions.claim(visitor, sessionPublicId, null);
  if (owner !== null) await visitorSessions.remember(visitor, sessionPublicId);
  return owner;
}

interface From {
  readonly session: VerifiedToken | null;
  readonly visitor: SignedInVisitor | null;
  readonly visitorKey: string | undefined;
}

async function sendFrom(
  deps: Pick<SubmitDeps, "sends" | "visitorSessions">,
  from: From,
  send: Omit<Send, "scope">,
): Promise<SendOutcome> {
  const { sends, visitorSessions } = deps;
  if (!from.session) return sendFirst(deps, from, send);
  try {
    const { sessionPublicId } = from.session;
    return await sends.submit({ ...send, scope: { kind: "session", sessionPublicId } });
  } catch (error) {
    if (isSessionOver(error)) await visitorSessions?.ended(from.session);
    throw error;
  }
}

/** A first message of a signed-in visitor continues their conversation. If that has ended, it opens another. */
async function sendFirst(
  deps: Pick<SubmitDeps, "sends" | "visitorSessions">,
  { visitor, visitorKey }: Pick<From, "visitor" | "visitorKey">,
  send: Omit<Send, "scope">,
): Promise<SendOutcome> {
  const { sends, visitorSessions } = deps;
  const known = visitorSessions && visitor && (await visitorSessions.find(visitor));
  if (known) {
    try {
      const earlierScopes = await toFirstScopes(deps, visitor, visitorKey);
      const scope = { kind: "session", sessionPublicId: known } as const;
      return await sends.submit({ ...send, scope, earlierScopes });
    } catch (error) {
      if (!isSessionOver(error)) throw error;
      await visitorSessions.ended({ sessionPublicId: known, owner: visitor.ids[0] });
    }
  }
  const [scope, ...earlierScopes] = await toFirstScopes(deps, visitor, visitorKey);
  return sends.submit({ ...send, scope, earlierScopes });
}

function hasMarks(token: VerifiedToken, marks: Pick<VerifiedToken, "identified" | "owner">): boolean {
  return token.identified === marks.identified && token.owner === marks.owner;
}

/**
 * The scope of a first message: the signed-in visitor, on any device, or else the browser's key. A first message with
 * neither gets a random key, so that it never joins another session. Also returns the scopes of possible earlier attempts.
 */
async function toFirstScopes(
  { visitorSessions }: Pick<SubmitDeps, "visitorSessions">,
  visitor: SignedInVisitor | null,
  visitorKey: string | undefined,
): Promise<readonly [SendScope, ...SendScope[]]> {
  if (!visitorSessions || !visitor) return [toFirstScope(visitorKey ?? randomUUID())];
  const [key, ...earlier] = await visitorSessions.toFirstKeys(visitor);
  // An attempt before the visitor signed in.
  if (visitorKey !== undefined) earlier.push(visitorKey);
  return [toFirstScope(key), ...earlier.map(toFirstScope)];
}

function toFirstScope(visitorKey: string): SendScope {
  return { kind: "first", visitorKey };
}
