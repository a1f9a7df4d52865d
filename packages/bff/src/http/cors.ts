import type { ServerResponse } from "node:http";
import { SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";

const ALLOWED_HEADERS = `Authorization, Content-Type, ${SINCE_HEADER}, ${WAIT_HEADER}`;
const EXPOSED_HEADERS = "Retry-After, ETag, X-Request-Id";
/** The longest that Chromium keeps a preflight. */
const PREFLIGHT_MAX_AGE_SECONDS = 7200;

/** Lets the page at `origin` read the answer. Never with credentials: the session travels in a header of our own. */
export function allowOrigin(res: ServerResponse, origin: string): void {
  res.setHeader("Access-Control-Allow-Origin", origin);
  res.setHeader("Access-Control-Expose-Headers", EXPOSED_HEADERS);
}

/** Answers `OPTIONS`. */
export function answerPreflight(res: ServerResponse, methods: readonly string[]): void {
  res.statusCode = 204;
  res.setHeader("Access-Control-Allow-Methods", methods.join(", "));
  res.setHeader("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  res.setHeader("Access-Control-Max-Age", String(PREFLIGHT_MAX_AGE_SECONDS));
  res.end();
}
