import { describe, expect, it } from "vitest";
import { parseQuery } from "./query.ts";

const NAMES = ["since", "wait"] as const;

describe("a query", () => {
  it("gives the named parameters and ignores the others, however often they come", () => {
    expect(parseQuery("/m?wait=5&x=1&x=2&y[]=3&since=2026-01-01T00%3A00%3A00%2B01%3A00", NAMES)).toEqual({
      wait: "5",
      since: "2026-01-01T00:00:00+01:00",
    });
    expect(parseQuery("/m", NAMES)).toEqual({});
  });

  it.each(["since=a&since=b", "since=a&since=a", "since[]=a", "since%5B%5D=a", "since[$ne]=a", "since[=a"])(
    "refuses %s",
    (query) => {
      expect(() => parseQuery(`/m?${query}`, NAMES)).toThrow(
        expect.objectContaining({ code: "invalid_request" }),
      );
    },
  );
});
