import type { Request } from "express";
import { z } from "zod";
import { ApiError } from "./api-error.ts";
import { describeIssues } from "./describe-issues.ts";

/** The JSON body of a request. @throws {ApiError} 415 if it is not JSON, 400 if it does not fit */
export function parseBody<Schema extends z.ZodType>(request: Request, schema: Schema): z.output<Schema> {
  if (!request.is("application/json")) {
    throw new ApiError(415, "unsupported_media_type", "Send the body as application/json");
  }
  return parseInput(request.body, schema);
}

/** The query of a request. @throws {ApiError} 400 if it does not fit */
export function parseQuery<Schema extends z.ZodType>(request: Request, schema: Schema): z.output<Schema> {
  return parseInput(request.query, schema);
}

function parseInput<Schema extends z.ZodType>(input: unknown, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new ApiError(400, "invalid_request", describeIssues(parsed.error));
  return parsed.data;
}

/** RFC 3339 with an offset, as epoch milliseconds. */
export const timestamp = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** A message text: not blank, no NUL, at most 10,000 UTF-16 units. Stored unchanged. */
export const messageContent = z
  .string()
  .max(10_000)
  .refine((text) => text.trim() !== "", { error: "must not be blank" })
  .refine((text) => !text.includes("\0"), { error: "must not contain U+0000" });
