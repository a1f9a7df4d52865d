import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { requestContext } from "./request-context.ts";

/**
 * One line per request, when its answer is out or its caller is gone. It holds what we know of the request, not what
 * the caller wrote: no path, query, header or body, so that there is nothing to redact.
 */
export function logWhenAnswered(
  req: IncomingMessage,
  res: ServerResponse,
  log: Logger,
  sessionHash: (sessionPublicId: string) => string,
): void {
  res.once("close", () => {
    const context = requestContext(req);
    const fields = {
      requestId: context.requestId,
      method: req.method,
      route: context.route,
      status: res.statusCode,
      durationMs: Math.round((performance.now() - context.startedAtMs) * 10) / 10,
      ...(context.sessionPublicId !== null && { session: sessionHash(context.sessionPublicId) }),
      ...(context.problemCode !== null && { code: context.problemCode }),
      ...(!res.writableFinished && { aborted: true }),
    };
    if (QUIET.has(context.route)) log.debug(fields, "request");
    else log.info(fields, "request");
  });
}

/** Asked every few seconds by machines. */
const QUIET = new Set(["healthz", "readyz", "metrics"]);
