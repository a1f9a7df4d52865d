import type { IncomingMessage } from "node:http";

/** A header by its name in any case; one that came several times as one list. */
export function headerText(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(",") : value;
}
