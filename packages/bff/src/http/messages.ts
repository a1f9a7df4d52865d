import { LONG_POLL_MAX_SECONDS, type MessagePage, SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";
import { bearerToken, type SessionTokens } from "../auth/session-tokens.ts";
import type { VisitorSessions } from "../auth/visitor-sessions.ts";
import { parseResumePoint } from "../feed/cursor.ts";
import type { FeedRegistry } from "../feed/registry.ts";
import { isSessionOver, ProblemError } from "../lib/problem-error.ts";
import type { ChatHandler } from "./problems.ts";
import { parseQuery } from "./read-request.ts";

export interface MessagesDeps {
  readonly tokens: SessionTokens;
  readonly feeds: Pick<FeedRegistry, "page">;
  readonly visitorSessions: Pick<VisitorSessions, "ended"> | null;
  /** Sent to the platform if the request has no origin. */
  readonly defaultOrigin: string;
}

/** `GET messages`: the messages that the client has not seen, at once or as soon as there is one. */
export function listMessages(deps: MessagesDeps): ChatHandler {
  const { tokens, feeds, visitorSessions, defaultOrigin } = deps;
  return async (req, res) => {
    const query = parseQuery(req.originalUrl, ["sessionPublicId", "since", "wait"]);
    const since = parseResumePoint(query.since ?? req.get(SINCE_HEADER), Date.now());
    const waitMs = parseWaitMs(query.wait ?? req.get(WAIT_HEADER));
    const token = bearerToken(req);
    if (token === undefined) throw new ProblemError("session_token_required");
    const verified = await tokens.verify(token);
    const { sessionPublicId } = verified;
    if (query.sessionPublicId !== undefined && query.sessionPublicId !== sessionPublicId) {
      throw new ProblemError("session_not_found");
    }
    res.locals.sessionPublicId = sessionPublicId;

    const gone = new AbortController();
    res.once("close", () => gone.abort());
    // The browser may already have disconnected.
    if (res.closed) gone.abort();
    const origin = res.locals.allowedOrigin ?? defaultOrigin;
    const page = await feeds
      .page({ sessionPublicId, origin }, since, { waitMs, signal: gone.signal })
      .catch(async (error) => {
        if (isSessionOver(error)) await visitorSessions?.ended(verified);
        throw error;
      });
    const answer: MessagePage = verified.stale
      ? { ...page, token: (await tokens.issue(sessionPublicId, verified)).token }
      : page;
    res.set("Cache-Control", "no-store").json(answer);
  };
}

/** Clamped to the BFF's maximum. @throws ProblemError `invalid_request` if it is not a number */
function parseWaitMs(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) {
    throw new ProblemError("invalid_request", {
      detail: `wait must be a number of seconds, 0 to ${LONG_POLL_MAX_SECONDS}`,
    });
  }
  return Math.min(Math.max(Number(text), 0), LONG_POLL_MAX_SECONDS) * 1000;
}
