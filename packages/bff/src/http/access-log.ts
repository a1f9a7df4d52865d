import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { requestContext } from "./request-context.ts";

/**
 * One line per request, when its answer is out or its caller is gone. It holds what we know of the request, not what
 * the caller wrote: no path, query, header or body, so that there is nothing to redact.
 */
export function logAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  durationMs: number,
  { log, sessionHash }: { readonly log: Logger; readonly sessionHash: (sessionPublicId: string) => string },
): void {
  const { requestId, route, sessionPublicId, problemCode } = requestContext(req);
  // What is undefined is left out of the line.
  const fields = {
    requestId,
    method: req.method,
    route,
    status: res.statusCode,
    durationMs: Math.round(durationMs * 10) / 10,
    session: sessionPublicId === null ? undefined : sessionHash(sessionPublicId),
    code: problemCode ?? undefined,
    aborted: res.writableFinished ? undefined : true,
  };
  if (QUIET.has(route)) log.debug(fields, "request");
  else log.info(fields, "request");
}

/** Asked every few seconds by machines. */
const QUIET = new Set(["healthz", "readyz", "metrics"]);
