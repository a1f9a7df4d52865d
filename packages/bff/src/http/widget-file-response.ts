import type { IncomingMessage, ServerResponse } from "node:http";
import type { WidgetFile } from "../widget-files.ts";
import { isFresh } from "./is-fresh.ts";

/** Serves a file of the bundle to any page: the script itself is no secret, and its origin is judged when it calls. */
export function sendWidgetFile(req: IncomingMessage, res: ServerResponse, file: WidgetFile): void {
  res.setHeader("Access-Control-Allow-Origin", "*");
  res.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  res.setHeader("Timing-Allow-Origin", "*");
  res.setHeader("Content-Type", file.contentType);
  res.setHeader("Cache-Control", file.cacheControl);
  res.setHeader("Vary", "Origin, Accept-Encoding");
  const encoding = pickEncoding(req.headers["accept-encoding"]);
  // A strong tag names bytes, and each encoding has its own.
  const etag = `"${file.hash}-${encoding}"`;
  res.setHeader("ETag", etag);
  if (isFresh(req, etag)) {
    res.statusCode = 304;
    res.end();
    return;
  }
  const bytes = file[encoding];
  if (encoding !== "identity") res.setHeader("Content-Encoding", encoding);
  res.setHeader("Content-Length", bytes.byteLength);
  res.end(req.method === "HEAD" ? undefined : bytes);
}

/** The smallest form that the browser takes. */
export function pickEncoding(accepted: string | undefined): "br" | "gzip" | "identity" {
  const codings = new Map(
    (accepted ?? "").split(",").map((entry) => {
      const [coding = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="));
      return [coding, quality === undefined ? 1 : Number(quality.slice(2))] as const;
    }),
  );
  if ((codings.get("br") ?? 0) > 0) return "br";
  return (codings.get("gzip") ?? 0) > 0 ? "gzip" : "identity";
}
