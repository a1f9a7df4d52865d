import type { IncomingMessage } from "node:http";

/**
 * A request as an Express router hands it on, with or without an application around the router. An application adds what
 * Express calls `Request`, at the price of a new prototype for every request and response: our own server does without.
 */
export interface RoutedRequest extends IncomingMessage {
  /** Where the router is mounted; empty at a root. */
  readonly baseUrl: string;
  /** What the caller asked for; `url` lacks the mount path. */
  readonly originalUrl: string;
}

/** The path below the mount point. The target may be a whole URL (RFC 9112, 3.2.2). */
export function pathOf({ url = "/" }: Pick<RoutedRequest, "url">): string {
  if (!url.startsWith("/") && URL.canParse(url)) return new URL(url).pathname;
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
