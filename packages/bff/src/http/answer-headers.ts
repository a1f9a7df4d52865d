import { randomUUID } from "node:crypto";
import type { NextFunction, Request } from "express";
import helmet from "helmet";
import type { ChatResponse } from "./problems.ts";

/** Gives each request an id, for the log and the answer, and the answer the headers that all have. */
export function answerHeaders(req: Request, res: ChatResponse, next: NextFunction): void {
  res.locals.requestId = randomUUID();
  res.set("X-Request-Id", res.locals.requestId).vary("Origin");
  // Of the host application.
  res.removeHeader("X-Powered-By");
  securityHeaders(req, res, next);
}

/**
 * helmet for what the BFF answers: JSON and scripts. The chat page, its one document, has a policy of its own. Headers that only concern documents or browsers of
 * the past are off. `Cross-Origin-Resource-Policy: same-origin`, helmet's default, would block the script tag on every
 * other site. HSTS is for the proxy that terminates TLS.
 */
const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: { policy: "cross-origin" },
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xFrameOptions: { action: "deny" },
  // Removed with the other headers of the host application.
  xPoweredBy: false,
  xXssProtection: false,
});
