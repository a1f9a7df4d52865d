import { describe, expect, it } from "vitest";
import { parseRetryAfter, RETRY_AFTER_MAX_MS } from "./parse-error.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["7", 7_000],
    [" 1.5 ", 1_500],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["999999999999", RETRY_AFTER_MAX_MS],
    ["Fri, 01 Jan 2100 00:00:00 GMT", RETRY_AFTER_MAX_MS],
  ])("%j is %i ms", (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  it.each([[null], [""], ["soon"], ["-5"], ["1e9"], ["NaN"], ["2026-01-01"]])("%j says nothing", (header) => {
    expect(parseRetryAfter(header, NOW)).toBeNull();
  });
});
