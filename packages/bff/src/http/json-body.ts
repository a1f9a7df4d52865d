import type { IncomingMessage } from "node:http";
import { BODY_MAX_BYTES } from "@mailoo-chat/protocol";
import { parse } from "content-type";
import { ProblemError } from "../problem-error.ts";

/** Nesting deeper than this is no request of ours. */
const MAX_DEPTH = 32;

/** How long a body may take to arrive, whatever the host's server allows. */
const BODY_TIMEOUT_MS = 10_000;

/**
 * The JSON body of a request, or what an earlier `express.json()`, `express.text()` or `express.raw()` has made of it.
 *
 * @throws ProblemError `unsupported_media_type`, `payload_too_large`, `invalid_request`
 */
export async function readJsonBody(req: IncomingMessage & { body?: unknown }): Promise<unknown> {
  requireJson(req);
  // Also where an earlier parser with a wider limit has let it pass.
  if (Number(req.headers["content-length"] ?? 0) > BODY_MAX_BYTES) throw tooLarge();
  if (req.body === undefined) return parseJson(arrivedBytes(req) ?? (await readBytes(req)));
  if (typeof req.body === "string") return parseJson(Buffer.from(req.body));
  if (Buffer.isBuffer(req.body)) return parseJson(req.body);
  return req.body;
}

/** Strict UTF-8 and bounded depth; duplicate keys and `__proto__` end as plain properties that nobody reads. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength > BODY_MAX_BYTES) throw tooLarge();
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new ProblemError("invalid_request", { detail: "the body is not UTF-8", cause });
  }
  if (isDeeperThan(text, MAX_DEPTH)) {
    throw new ProblemError("invalid_request", { detail: "the body is nested too deeply" });
  }
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the engine's message quotes the body.
    throw new ProblemError("invalid_request", { detail: "the body is not JSON" });
  }
}

/** Counts brackets outside strings; what is not JSON is left to the parser. */
export function isDeeperThan(json: string, maxDepth: number): boolean {
  if (maxDepth > 0 && isFlatObject(json)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > maxDepth) return true;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** As most are. */
function isFlatObject(json: string): boolean {
  return json.indexOf("{", 1) === -1 && !json.includes("[");
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const utf8 = new TextDecoder("utf-8", { fatal: true });

function requireJson(req: IncomingMessage): void {
  const encoding = req.headers["content-encoding"];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
    throw new ProblemError("unsupported_media_type", {
      detail: "compressed request bodies are not accepted",
    });
  }
  const { type, parameters } = parse(req.headers["content-type"] ?? "");
  const charset = parameters.charset?.toLowerCase() ?? "utf-8";
  if (type !== "application/json" || (charset !== "utf-8" && charset !== "utf8")) {
    throw new ProblemError("unsupported_media_type");
  }
}

/** What has come in one piece with its head, as most do, needs neither listeners nor a timer. Null: more is to come. */
function arrivedBytes(req: IncomingMessage): Buffer | null {
  const isAllHere = req.readableLength > 0 && req.readableLength === Number(req.headers["content-length"]);
  // Somebody else may be reading, or may have asked for text.
  if (!isAllHere || req.readableFlowing !== null || req.readableEncoding !== null) return null;
  const bytes: Buffer | null = req.read();
  // Nothing but its end is left.
  req.resume();
  return bytes;
}

function readBytes(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      req.removeListener("data", onData).removeListener("end", onEnd).removeListener("close", onCut);
      outcome();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > BODY_MAX_BYTES) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)));
    const onCut = () =>
      settle(() => reject(new ProblemError("invalid_request", { detail: "the body was cut off" })));
    const onSlow = () =>
      settle(() =>
        reject(new ProblemError("invalid_request", { detail: "the body took too long to arrive" })),
      );
    const timer = setTimeout(onSlow, BODY_TIMEOUT_MS);
    req.on("data", onData).on("end", onEnd).on("close", onCut).on("error", onCut);
  });
}

function tooLarge(): ProblemError {
  return new ProblemError("payload_too_large", { detail: `at most ${BODY_MAX_BYTES} bytes` });
}
