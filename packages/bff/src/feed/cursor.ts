import { hash } from "node:crypto";
import { CURSOR_MAX_BYTES, OVERLAP_MS } from "@mailoo-chat/protocol";

/** What a cursor remembers of a message: a number of {@link SHORT_HASH_BYTES} bytes. */
export type ShortHash = number;

/** Bytes of a short hash. Among the some 140 of a cursor, 40 bits mistake a new message for a seen one once in 10¹⁰. */
export const SHORT_HASH_BYTES = 5;

/**
 * The first {@link SHORT_HASH_BYTES} bytes of a SHA-256. The time is part of it, so that a reader who was handed a
 * provisional `createdAt` is handed the message again when it resumes.
 */
export function shortHash(id: string, createdMs: number): ShortHash {
  const hex = hash("sha256", `${createdMs} ${id}`, "hex");
  return Number.parseInt(hex.slice(0, 2 * SHORT_HASH_BYTES), 16);
}

/**
 * What a reader has seen: everything older than `confirmedMs` less the overlap, everything up to the floor, and, of
 * what is younger, the messages whose short hashes it carries. Self-contained, so that any replica resumes from it.
 *
 * Only a complete listing moves `confirmedMs`. A message that was pushed goes to `seen` alone: it proves nothing about
 * those before it, so a push that overtook a missed message can never make a resuming reader skip that one.
 *
 * At most {@link CURSOR_MAX_SEEN} hashes are carried. Where more were seen, the oldest go: those that a complete listing
 * has reached are covered by the floor instead (which gives up messages that come late *below* the floor: more than
 * {@link CURSOR_MAX_SEEN} messages a minute must have come before); those that none has reached are forgotten, and
 * delivered again on resuming, where a known id adds nothing.
 */
export interface Cursor {
  /**
   * Newest `createdAt` that a complete listing has confirmed, in epoch milliseconds. 0: no listing was complete yet, and
   * the reader has seen nothing but `seen`.
   */
  readonly confirmedMs: number;
  /** Short hashes of the messages seen that are younger than `confirmedMs` less the overlap, in the reader's order. */
  readonly seen: ReadonlySet<ShortHash>;
  readonly floor: CursorFloor | null;
}

/** A place in the history up to which everything counts as seen. */
export interface CursorFloor {
  readonly ms: number;
  /**
   * Short hash of the last message seen at `ms`: it and what the platform lists before it at that millisecond is seen.
   * Null: all of that millisecond is.
   */
  readonly last: ShortHash | null;
}

const PREFIX = "c1.";
const TIME_BYTES = 6;
const FLOOR_BIT = 1;
const FLOOR_LAST_BIT = 2;
const MAX_BYTES = Math.floor(((CURSOR_MAX_BYTES - PREFIX.length) * 3) / 4);
const MAX_HEADER_BYTES = 1 + TIME_BYTES + TIME_BYTES + SHORT_HASH_BYTES;

/** Most short hashes in a cursor: what fits {@link CURSOR_MAX_BYTES}. */
export const CURSOR_MAX_SEEN = Math.floor((MAX_BYTES - MAX_HEADER_BYTES) / SHORT_HASH_BYTES);

/**
 * The wire form: `c1.` and, in base64url, one byte of flags, `confirmedMs` and the floor's time as 48-bit numbers, the
 * hash of the floor's last message, and the hashes seen. Hashes beyond {@link CURSOR_MAX_SEEN} are left out.
 */
export function encodeCursor({ confirmedMs, seen, floor }: Cursor): string {
  const carried = Math.min(seen.size, CURSOR_MAX_SEEN);
  const bytes = Buffer.allocUnsafe(MAX_HEADER_BYTES + carried * SHORT_HASH_BYTES);
  const last = floor?.last ?? null;
  let left = carried;
  let at = bytes.writeUInt8((floor ? FLOOR_BIT : 0) | (last === null ? 0 : FLOOR_LAST_BIT), 0);
  at = bytes.writeUIntBE(confirmedMs, at, TIME_BYTES);
  if (floor) at = bytes.writeUIntBE(floor.ms, at, TIME_BYTES);
  if (last !== null) at = bytes.writeUIntBE(last, at, SHORT_HASH_BYTES);
  for (const hash of seen) {
    if (left === 0) break;
    left -= 1;
    at = bytes.writeUIntBE(hash, at, SHORT_HASH_BYTES);
  }
  return PREFIX + bytes.toString("base64url", 0, at);
}

/**
 * Reads what {@link encodeCursor} wrote. Null for anything else. Its times are the platform's and compared with no clock
 * of ours. Whoever makes one up fools nobody but themself: a cursor says what its reader has seen, not what it may see.
 */
export function parseCursor(raw: string): Cursor | null {
  if (raw.length > CURSOR_MAX_BYTES || !WIRE_FORM.test(raw)) return null;
  const bytes = Buffer.from(raw.slice(PREFIX.length), "base64url");
  const flags = bytes[0] ?? 0xff;
  if (flags !== 0 && flags !== FLOOR_BIT && flags !== (FLOOR_BIT | FLOOR_LAST_BIT)) return null;
  const hasFloor = (flags & FLOOR_BIT) !== 0;
  const hasFloorLast = (flags & FLOOR_LAST_BIT) !== 0;
  const headerBytes = 1 + TIME_BYTES + (hasFloor ? TIME_BYTES : 0) + (hasFloorLast ? SHORT_HASH_BYTES : 0);
  const seenBytes = bytes.length - headerBytes;
  if (seenBytes < 0 || seenBytes % SHORT_HASH_BYTES !== 0) return null;

  const confirmedMs = bytes.readUIntBE(1, TIME_BYTES);
  const floorMs = hasFloor ? bytes.readUIntBE(1 + TIME_BYTES, TIME_BYTES) : 0;
  if (Math.max(confirmedMs, floorMs) > YEAR_9999_MS) return null;

  const seen = new Set<ShortHash>();
  for (let at = headerBytes; at < bytes.length; at += SHORT_HASH_BYTES)
    seen.add(bytes.readUIntBE(at, SHORT_HASH_BYTES));
  const last = hasFloorLast ? bytes.readUIntBE(headerBytes - SHORT_HASH_BYTES, SHORT_HASH_BYTES) : null;
  return { confirmedMs, seen, floor: hasFloor ? { ms: floorMs, last } : null };
}

/** Below this time a reader at `cursor` has seen everything. */
export function seenBelowMs(cursor: Cursor): number {
  return Math.max(cursor.confirmedMs - OVERLAP_MS, cursor.floor?.ms ?? 0);
}

/** No later time has an RFC 3339 form to ask the platform with. */
const YEAR_9999_MS = Date.UTC(9999, 11, 31);

const WIRE_FORM = /^c1\.[A-Za-z0-9_-]+$/;
