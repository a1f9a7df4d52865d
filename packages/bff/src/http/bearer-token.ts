import type { IncomingMessage } from "node:http";

/** The token of `Authorization: Bearer …`; undefined where there is none. Other schemes are not ours to judge. */
export function bearerToken(req: IncomingMessage): string | undefined {
  const match = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? "");
  return match?.[1];
}
