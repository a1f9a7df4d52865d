import { CURSOR_MAX_BYTES } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURSOR_MAX_SEEN, type Cursor, encodeCursor, parseCursor, seenBelowMs, shortHash } from "./cursor.ts";

const NOW_MS = Date.UTC(2026, 5, 1);

describe("a cursor", () => {
  it("survives encoding and parsing", () => {
    fc.assert(
      fc.property(cursors(CURSOR_MAX_SEEN), (cursor) => {
        expect(parseCursor(encodeCursor(cursor))).toEqual(cursor);
      }),
    );
  });

  it("[CURSOR-1] begins c1. and stays under 1 KB however much was seen", () => {
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
    ).toBe(90_000);
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
