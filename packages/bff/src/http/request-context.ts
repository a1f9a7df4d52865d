import type { IncomingMessage } from "node:http";

/** What the parts of one request's handling know of it. */
export interface RequestContext {
  readonly requestId: string;
  /** What limits count by. */
  readonly addressBlock: string;
  /** The route's name, for logs and metrics; never the raw path, which a caller may fill with anything. */
  route: string;
  /** The session concerned, once a valid token has named it. */
  sessionPublicId: string | null;
  /** The error answered, if any. */
  problemCode: string | null;
}

/** On the request itself: a WeakMap with an entry for each is what the garbage collector likes least. */
const CONTEXT = Symbol("mailoo-chat request context");

type WithContext = IncomingMessage & { [CONTEXT]?: RequestContext };

export function setRequestContext(req: WithContext, context: RequestContext): void {
  req[CONTEXT] = context;
}

export function requestContext(req: WithContext): RequestContext {
  const context = req[CONTEXT];
  if (!context) throw new TypeError("the request has not passed the router's entrance");
  return context;
}
