import type { ServerResponse } from "node:http";
import { LONG_POLL_MAX_SECONDS, type MessagePage, SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";
import { ProblemError } from "../problem-error.ts";
import type { FeedRegistry } from "../session/feed-registry.ts";
import { parseResumePoint } from "../session/parse-resume-point.ts";
import type { SessionTokens } from "../session/session-tokens.ts";
import { bearerToken } from "./bearer-token.ts";
import { headerText } from "./header-text.ts";
import { parseQuery } from "./query.ts";
import { requestContext } from "./request-context.ts";
import type { RoutedRequest } from "./routed-request.ts";
import { sendJson } from "./send-json.ts";

export interface MessagesDeps {
  readonly tokens: SessionTokens;
  readonly feeds: Pick<FeedRegistry, "page">;
}

/** `GET messages`: what the reader has not seen, at once or as soon as there is something. */
export function createMessagesRoute(deps: MessagesDeps) {
  return async (req: RoutedRequest, res: ServerResponse, origin: string): Promise<void> => {
    const context = requestContext(req);
    const query = parseQuery(req.originalUrl, ["sessionPublicId", "since", "wait"]);
    const since = parseResumePoint(query.since ?? headerText(req, SINCE_HEADER), Date.now());
    const waitMs = parseWaitMs(query.wait ?? headerText(req, WAIT_HEADER));
    const token = bearerToken(req);
    if (token === undefined) throw new ProblemError("session_token_required");
    const verified = deps.tokens.verify(token);
    if (query.sessionPublicId !== undefined && query.sessionPublicId !== verified.sessionPublicId) {
      throw new ProblemError("session_not_found");
    }
    const { sessionPublicId } = verified;
    context.sessionPublicId = sessionPublicId;

    const gone = new AbortController();
    res.once("close", () => gone.abort());
    const page = await deps.feeds.page({ sessionPublicId, origin }, since, { waitMs, signal: gone.signal });
    const answer: MessagePage = verified.stale
      ? { ...page, token: deps.tokens.issue(sessionPublicId, verified).token }
      : page;
    res.setHeader("Cache-Control", "no-store");
    sendJson(res, 200, answer);
  };
}

/** Seconds, clamped to what we hold. @throws ProblemError `invalid_request` where it is no number */
function parseWaitMs(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) {
    throw new ProblemError("invalid_request", {
      detail: `wait must be a number of seconds, 0 to ${LONG_POLL_MAX_SECONDS}`,
    });
  }
  return Math.min(Math.max(Number(text), 0), LONG_POLL_MAX_SECONDS) * 1000;
}
