import { describe, expect, it } from "vitest";
import { ProblemError } from "../lib/problem-error.ts";
import { encodeCursor } from "./cursor.ts";
import { parseResumePoint } from "./resume-point.ts";

const NOW_MS = Date.UTC(2026, 5, 1, 12);

describe("since", () => {
  it("left out asks for the newest page", () => {
    expect(parseResumePoint(undefined, NOW_MS)).toEqual({ kind: "newest" });
  });

  it("takes a cursor", () => {
    const cursor = { confirmedMs: NOW_MS - 1, seen: new Set<number>(), watermark: null };
    expect(parseResumePoint(encodeCursor(cursor), NOW_MS)).toEqual({ kind: "cursor", cursor });
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
  ])("takes the time %s", (raw, timeMs) => {
    expect(parseResumePoint(raw, NOW_MS)).toEqual({ kind: "time", timeMs });
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
