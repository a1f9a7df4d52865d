import { SINCE_MAX_AHEAD_MS } from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";
import { type Cursor, parseCursor, seenBelowMs } from "./cursor.ts";

/** Where a client resumes: at a cursor, strictly after a time, or with the newest page. */
export type ResumePoint =
  | { readonly kind: "cursor"; readonly cursor: Cursor }
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "newest" };

/**
 * Reads `since`: a cursor, or an RFC 3339 time with offset, fractions finer than 1 ms floored. Undefined is the newest
 * page.
 *
 * @throws ProblemError `invalid_request` for anything else, and for a time over 24 h ahead of `nowMs`
 */
export function parseResumePoint(raw: string | undefined, nowMs: number): ResumePoint {
  if (raw === undefined) return { kind: "newest" };
  const cursor = parseCursor(raw);
  if (cursor) return { kind: "cursor", cursor };
  const timeMs = parseTime(raw);
  if (timeMs !== null && timeMs <= nowMs + SINCE_MAX_AHEAD_MS) return { kind: "time", timeMs };
  throw new ProblemError("invalid_request", {
    detail: "since must be a cursor, or an RFC 3339 time with offset, not over 24 h ahead",
  });
}

/** The cursor that says the same as a resume point. The newest page begins with nothing seen. */
export function toCursor(since: ResumePoint): Cursor {
  switch (since.kind) {
    case "cursor":
      return since.cursor;
    case "time":
      return { confirmedMs: 0, seen: new Set(), watermark: { ms: since.timeMs, last: null } };
    case "newest":
      return { confirmedMs: 0, seen: new Set(), watermark: null };
  }
}

/** The first `createdAt` that the client may not have seen. `-Infinity`: it needs the history from its beginning. */
export function neededFromMs(since: ResumePoint): number {
  switch (since.kind) {
    case "cursor":
      return seenBelowMs(since.cursor);
    case "time":
      return since.timeMs + 1;
    case "newest":
      return Number.NEGATIVE_INFINITY;
  }
}

const RFC_3339 =
  /^(?<local>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?<fraction>\.\d{1,30})?(?:[Zz]|(?<sign>[+-])(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/;

/** Null if it is no time, or one before 1970. */
function parseTime(raw: string): number | null {
  const parts = RFC_3339.exec(raw)?.groups;
  if (!parts?.local) return null;
  const local = parts.local.toUpperCase();
  const localMs = Date.parse(`${local}Z`);
  // `Date.parse` reads 30 February as 1 March.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(local)) return null;
  const fractionMs = Math.floor(Number(`0${parts.fraction?.slice(0, 4) ?? ""}`) * 1000);
  const offsetMs = (Number(parts.hours ?? 0) * 60 + Number(parts.minutes ?? 0)) * 60_000;
  const timeMs = localMs + fractionMs - (parts.sign === "-" ? -offsetMs : offsetMs);
  return timeMs >= 0 ? timeMs : null;
}
