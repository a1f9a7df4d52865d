import { hash } from "node:crypto";
import { CURSOR_MAX_BYTES, OVERLAP_MS, SINCE_MAX_AHEAD_MS } from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";

/**
 * What a client has seen: everything older than `confirmedMs` minus the overlap, everything up to the watermark, and the
 * newer messages whose short hashes it carries. Any replica can resume from it without further records.
 *
 * Only a complete listing moves `confirmedMs`. A pushed message is only added to `seen`, because it proves nothing about the
 * messages before it: if a push overtakes a lost message, a resuming client still receives the lost one.
 *
 * A cursor carries at most {@link CURSOR_MAX_SEEN} hashes and drops the oldest. If a complete listing has included them, the
 * watermark covers them, and this client misses messages that appear late *below* the watermark. That takes more than
 * {@link CURSOR_MAX_SEEN} messages in a minute. If no listing has included them, they are delivered again on resuming, and
 * the client recognises their ids.
 */
export interface Cursor {
  /**
   * Newest `createdAt` that a complete listing has confirmed, in epoch milliseconds. 0: no listing was complete yet, and the
   * client has seen only the messages in `seen`.
   */
  readonly confirmedMs: number;
  /** Messages newer than `confirmedMs` minus the overlap, in the client's order. */
  readonly seen: ReadonlySet<ShortHash>;
  readonly watermark: Watermark | null;
}

/** A position in the history. Everything up to it counts as seen. */
export interface Watermark {
  readonly ms: number;
  /**
   * The last message seen at `ms`: it is seen, and so are messages of that millisecond that the platform lists before it.
   * Null: everything at that millisecond is seen.
   */
  readonly last: ShortHash | null;
}

/** Where a client resumes: at a cursor, or with the newest page. */
export type ResumePoint = Cursor | "newest";

/** Identifies a message in a cursor: a number of {@link SHORT_HASH_BYTES} bytes. */
export type ShortHash = number;

/** With about 140 hashes in a cursor, the chance of mistaking a new message for a seen one is 1 in 10¹⁰. */
const SHORT_HASH_BYTES = 5;

/**
 * Includes the time, so that a client with a provisional `createdAt` receives the message again when it resumes.
 */
export function shortHash(id: string, createdMs: number): ShortHash {
  return hash("sha256", `${createdMs} ${id}`, "buffer").readUIntBE(0, SHORT_HASH_BYTES);
}

const PREFIX = "c1.";
const TIME_BYTES = 6;
const WATERMARK_BIT = 1;
const WATERMARK_LAST_BIT = 2;
const MAX_BYTES = Math.floor(((CURSOR_MAX_BYTES - PREFIX.length) * 3) / 4);
const MAX_HEADER_BYTES = 1 + TIME_BYTES + TIME_BYTES + SHORT_HASH_BYTES;

/** Maximum number of short hashes in a cursor of {@link CURSOR_MAX_BYTES}. */
export const CURSOR_MAX_SEEN = Math.floor((MAX_BYTES - MAX_HEADER_BYTES) / SHORT_HASH_BYTES);

/**
 * The wire form: `c1.` and, in base64url, one byte of flags, `confirmedMs` and the watermark's time as 48-bit numbers, the
 * hash of the watermark's last message, and the hashes seen. Hashes beyond {@link CURSOR_MAX_SEEN} are left out.
 */
export function encodeCursor({ confirmedMs, seen, watermark }: Cursor): string {
  const carried = [...seen].slice(0, CURSOR_MAX_SEEN);
  const bytes = Buffer.alloc(MAX_HEADER_BYTES + carried.length * SHORT_HASH_BYTES);
  const last = watermark?.last ?? null;
  const flags = (watermark ? WATERMARK_BIT : 0) | (last === null ? 0 : WATERMARK_LAST_BIT);
  let at = bytes.writeUInt8(flags, 0);
  at = bytes.writeUIntBE(confirmedMs, at, TIME_BYTES);
  if (watermark) at = bytes.writeUIntBE(watermark.ms, at, TIME_BYTES);
  if (last !== null) at = bytes.writeUIntBE(last, at, SHORT_HASH_BYTES);
  for (const shortHash of carried) at = bytes.writeUIntBE(shortHash, at, SHORT_HASH_BYTES);
  return PREFIX + bytes.toString("base64url", 0, at);
}

/**
 * Reads what {@link encodeCursor} wrote; null for anything else. Its times are the platform's and are never compared with
 * our clock. A forged cursor harms only its sender: it states what the client has seen, and grants no access.
 */
export function parseCursor(raw: string): Cursor | null {
  if (raw.length > CURSOR_MAX_BYTES || !WIRE_FORM.test(raw)) return null;
  const bytes = Buffer.from(raw.slice(PREFIX.length), "base64url");
  const flags = bytes[0] ?? 0xff;
  if (flags !== 0 && flags !== WATERMARK_BIT && flags !== (WATERMARK_BIT | WATERMARK_LAST_BIT)) return null;
  const hasWatermark = (flags & WATERMARK_BIT) !== 0;
  const hasLast = (flags & WATERMARK_LAST_BIT) !== 0;
  const headerBytes = 1 + TIME_BYTES + (hasWatermark ? TIME_BYTES : 0) + (hasLast ? SHORT_HASH_BYTES : 0);
  const seenBytes = bytes.length - headerBytes;
  if (seenBytes < 0 || seenBytes % SHORT_HASH_BYTES !== 0) return null;

  const confirmedMs = bytes.readUIntBE(1, TIME_BYTES);
  const watermarkMs = hasWatermark ? bytes.readUIntBE(1 + TIME_BYTES, TIME_BYTES) : 0;
  if (Math.max(confirmedMs, watermarkMs) > YEAR_9999_MS) return null;

  const seen = new Set<ShortHash>();
  for (let at = headerBytes; at < bytes.length; at += SHORT_HASH_BYTES)
    seen.add(bytes.readUIntBE(at, SHORT_HASH_BYTES));
  const last = hasLast ? bytes.readUIntBE(headerBytes - SHORT_HASH_BYTES, SHORT_HASH_BYTES) : null;
  return { confirmedMs, seen, watermark: hasWatermark ? { ms: watermarkMs, last } : null };
}

/**
 * Reads `since`: a cursor, or an RFC 3339 time with offset, fractions finer than 1 ms floored, which counts as a cursor that
 * has seen everything up to that time. Undefined requests the newest page.
 *
 * @throws ProblemError `invalid_request` for anything else, and for a time over 24 h ahead of `nowMs`
 */
export function parseResumePoint(raw: string | undefined, nowMs: number): ResumePoint {
  if (raw === undefined) return "newest";
  const cursor = parseCursor(raw);
  if (cursor) return cursor;
  const ms = parseTime(raw);
  if (ms !== null && ms <= nowMs + SINCE_MAX_AHEAD_MS) {
    return { ...NOTHING_SEEN, watermark: { ms, last: null } };
  }
  throw new ProblemError("invalid_request", {
    detail: "since must be a cursor, or an RFC 3339 time with offset, not over 24 h ahead",
  });
}

const RFC_3339 =
  /^(?<local>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?<fraction>\.\d{1,30})?(?:[Zz]|(?<sign>[+-])(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/;

/** Null if it is not a time, or before 1970. */
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

const NOTHING_SEEN: Cursor = { confirmedMs: 0, seen: new Set(), watermark: null };

/** For the newest page, nothing counts as seen. */
export function toCursor(since: ResumePoint): Cursor {
  return since === "newest" ? NOTHING_SEEN : since;
}

/** A client at `cursor` has seen everything below this time. `-Infinity`: it has seen only `seen`. */
export function seenBelowMs({ confirmedMs, watermark }: Cursor): number {
  if (confirmedMs === 0 && !watermark) return Number.NEGATIVE_INFINITY;
  const watermarkMs = watermark ? watermark.ms + (watermark.last === null ? 1 : 0) : 0;
  return Math.max(confirmedMs - OVERLAP_MS, watermarkMs);
}

/** The cursor of a client that has seen these messages as well, as many as fit. */
export function withSeen(cursor: Cursor, hashes: ReadonlySet<ShortHash>): Cursor {
  if (hashes.size === 0) return cursor;
  const seen = new Set(cursor.seen);
  for (const hash of hashes) if (seen.size < CURSOR_MAX_SEEN) seen.add(hash);
  return { ...cursor, seen };
}

/** The latest time that RFC 3339 can express in a request to the platform. */
const YEAR_9999_MS = Date.UTC(9999, 11, 31);

const WIRE_FORM = /^c1\.[A-Za-z0-9_-]+$/;
