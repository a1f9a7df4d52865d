import type { z } from "zod";
import { ProblemError } from "../lib/problem-error.ts";

/** @throws ProblemError `invalid_request` with the field that is wrong */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // A path holds only keys of the schema, never one that the caller made up.
  const [issue] = parsed.error.issues;
  throw new ProblemError("invalid_request", {
    detail: `${issue?.path.join(".") || "body"}: ${issue?.message}`,
  });
}
