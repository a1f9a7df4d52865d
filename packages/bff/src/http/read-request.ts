import { isUtf8 } from "node:buffer";
import { BODY_MAX_BYTES } from "@mailoo-chat/protocol";
import express, { type NextFunction, type Request, type RequestHandler } from "express";
import type { z } from "zod";
import { parseJson } from "../lib/parse-json.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { answerProblem, type ChatResponse } from "./problems.ts";

/** Parses a JSON body, unless a body parser of the host application already has. */
export const jsonBody: readonly RequestHandler[] = [
  refuseTooLarge as RequestHandler,
  express.json({
    limit: BODY_MAX_BYTES,
    inflate: false,
    verify(_req, _res, bytes, charset) {
      if (charset !== "utf-8") throw new ProblemError("unsupported_media_type");
      if (!isUtf8(bytes)) throw new ProblemError("invalid_request", { detail: "the body is not UTF-8" });
    },
  }),
  (req, res, next) => {
    const body: unknown = req.body;
    // `express.json()` leaves other types alone. Another parser may have read any type.
    if (body === undefined || (res.locals.isParsedByHost && !req.is("application/json")))
      throw new ProblemError("unsupported_media_type");
    if (typeof body === "string" || Buffer.isBuffer(body)) req.body = parseText(body);
    next();
  },
];

/** @throws ProblemError `invalid_request` with the field that is wrong */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // A path contains only keys of the schema, never the caller's own.
  const [issue] = parsed.error.issues;
  throw new ProblemError("invalid_request", {
    detail: `${issue?.path.join(".") || "body"}: ${issue?.message}`,
  });
}

/**
 * The parameters with these names; unknown ones are ignored.
 *
 * @throws ProblemError `invalid_request` if a known one is given twice, or as `name[…]`
 */
export function parseQuery<Name extends string>(
  url: string,
  names: readonly Name[],
): { readonly [Key in Name]?: string } {
  const values: { [Key in Name]?: string } = {};
  for (const [key, value] of new URLSearchParams(url.split("?").slice(1).join("?"))) {
    const name = names.find((parameter) => parameter === key.split("[", 1)[0]);
    if (name === undefined) continue;
    if (name !== key || values[name] !== undefined) {
      throw new ProblemError("invalid_request", { detail: `${name} must be given once, as a plain value` });
    }
    values[name] = value;
  }
  return values;
}

/**
 * Answers as soon as a body is too large. `express.json()` would first read it to its end, which may never arrive, and a
 * parser of the host application may allow more.
 */
function refuseTooLarge(req: Request, res: ChatResponse, next: NextFunction): void {
  const length = req.headers["content-length"];
  if (Number(length) > BODY_MAX_BYTES) throw new ProblemError("payload_too_large");
  res.locals.isParsedByHost = req.body !== undefined;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_MAX_BYTES) return;
    req.off("data", count);
    // Already refused for another reason.
    if (res.headersSent) return;
    res.set("Connection", "close");
    answerProblem(new ProblemError("payload_too_large"), req, res, next);
  };
  // Node ends a body at its stated length.
  if (length === undefined && req.readable && req.readableFlowing === null) req.on("data", count);
  next();
}

function parseText(body: string | Buffer): unknown {
  if (Buffer.byteLength(body) > BODY_MAX_BYTES) throw new ProblemError("payload_too_large");
  const value = parseJson(body.toString());
  if (value === undefined) throw new ProblemError("invalid_request", { detail: "the body is not JSON" });
  return value;
}
