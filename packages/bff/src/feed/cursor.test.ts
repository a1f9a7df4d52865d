import { CURSOR_MAX_BYTES } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../lib/problem-error.ts";
import {
  CURSOR_MAX_SEEN,
  type Cursor,
  encodeCursor,
  parseCursor,
  parseResumePoint,
  seenBelowMs,
  shortHash,
} from "./cursor.ts";

const NOW_MS = Date.UTC(2026, 5, 1, 12);

describe("a cursor", () => {
  it("survives encoding and parsing", () => {
    fc.assert(
      fc.property(cursors(CURSOR_MAX_SEEN), (cursor) => {
        expect(parseCursor(encodeCursor(cursor))).toEqual(cursor);
      }),
    );
  });

  it("[CURSOR-1] starts with c1. and stays under 1 KB for any number of seen messages", () => {
    fc.assert(
      fc.property(cursors(1_000), (cursor) => {
        const wire = encodeCursor(cursor);
        expect(wire).toMatch(/^c1\.[A-Za-z0-9_-]+$/);
        expect(wire.length).toBeLessThanOrEqual(CURSOR_MAX_BYTES);
      }),
      { numRuns: 30 },
    );
  });

  it("remembers well over a hundred messages a minute", () => {
    expect(CURSOR_MAX_SEEN).toBeGreaterThan(140);
  });

  it("is refused without a crash when it is forged", () => {
    const strings = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.base64String({ maxLength: 300 }).map((text) => `c1.${text}`),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => `c1.${Buffer.from(bytes).toString("base64url")}`),
    );
    fc.assert(
      fc.property(strings, (raw) => {
        const cursor = parseCursor(raw);
        if (cursor) expect(cursor.seen.size).toBeLessThanOrEqual(CURSOR_MAX_BYTES);
      }),
    );
    for (const raw of ["", "c1.", "c1", "c2.AAAA", "c1.AAAA", "c1.%00", `c1.${"A".repeat(1e6)}`, "null"]) {
      expect(parseCursor(raw), raw.slice(0, 20)).toBeNull();
    }
  });

  it("may be days ahead of our clock, but not beyond the year 9999", () => {
    const at = (confirmedMs: number): Cursor => ({ confirmedMs, seen: new Set(), watermark: null });
    const ahead = at(Date.now() + 90 * 86_400_000);
    expect(parseCursor(encodeCursor(ahead))).toEqual(ahead);
    expect(parseCursor(encodeCursor(at(2 ** 48 - 1)))).toBeNull();
    const watermark = { ms: 2 ** 48 - 1, last: null };
    expect(parseCursor(encodeCursor({ confirmedMs: 0, seen: new Set(), watermark }))).toBeNull();
  });

  it("covers what is older than a minute before the newest confirmed message", () => {
    expect(seenBelowMs({ confirmedMs: 100_000, seen: new Set(), watermark: null })).toBe(40_000);
    expect(
      seenBelowMs({ confirmedMs: 100_000, seen: new Set(), watermark: { ms: 90_000, last: null } }),
    ).toBe(90_001);
    expect(seenBelowMs({ confirmedMs: 100_000, seen: new Set(), watermark: { ms: 90_000, last: 7 } })).toBe(
      90_000,
    );
  });
});

describe("since", () => {
  it("left out asks for the newest page", () => {
    expect(parseResumePoint(undefined, NOW_MS)).toBe("newest");
  });

  it("takes a cursor", () => {
    const cursor = { confirmedMs: NOW_MS - 1, seen: new Set<number>(), watermark: null };
    expect(parseResumePoint(encodeCursor(cursor), NOW_MS)).toEqual(cursor);
  });

  it.each([
    ["2026-06-01T11:59:59Z", NOW_MS - 1_000],
    ["2026-06-01t11:59:59.25z", NOW_MS - 750],
    ["2026-06-01T11:59:59.250999999Z", NOW_MS - 750],
    ["2026-06-01T13:29:59+01:30", NOW_MS - 1_000],
    ["2026-06-01T01:59:59-10:00", NOW_MS - 1_000],
    ["2026-06-02T12:00:00Z", NOW_MS + 86_400_000],
    ["1970-01-01T00:00:00Z", 0],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
  ])("takes the time %s", (raw, ms) => {
    const watermark = { ms, last: null };
    expect(parseResumePoint(raw, NOW_MS)).toEqual({ confirmedMs: 0, seen: new Set(), watermark });
  });

  it.each([
    "",
    "yesterday",
    "NaN",
    "0",
    "1780000000000",
    "2026-06-01",
    "2026-06-01T12:00:00",
    "2026-06-01 12:00:00Z",
    "2026-06-02T12:00:00.001Z",
    "9999-12-31T23:59:59Z",
    "-0001-01-01T00:00:00Z",
    "+012026-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-06-01T24:00:00Z",
    "2026-06-01T12:00:00+24:00",
    "2026-06-01T12:00:00.Z",
    "c1.",
    "c1.not-a-cursor",
  ])("refuses %j", (raw) => {
    expect(() => parseResumePoint(raw, NOW_MS)).toThrow(ProblemError);
    expect(() => parseResumePoint(raw, NOW_MS)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});

function cursors(maxSeen: number): fc.Arbitrary<Cursor> {
  const hashes = fc.string({ minLength: 1, maxLength: 40 }).map((id) => shortHash(id, 0));
  const timesMs = fc.integer({ min: 0, max: NOW_MS });
  return fc.record({
    confirmedMs: timesMs,
    seen: fc.uniqueArray(hashes, { maxLength: maxSeen, size: "max" }).map((all) => new Set(all)),
    watermark: fc.option(fc.record({ ms: timesMs, last: fc.option(hashes) })),
  });
}
