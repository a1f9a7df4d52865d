import { describe, expect, it } from "vitest";
import { defaultOrigin, isOriginAllowed, type OriginPattern, parseOriginPattern } from "./origins.ts";

function patterns(...texts: string[]): OriginPattern[] {
  return texts.map((text) => {
    const pattern = parseOriginPattern(text);
    if ("fault" in pattern) throw new Error(pattern.fault);
    return pattern;
  });
}

describe("an allow list", () => {
  const listed = patterns(
    "https://shop.example",
    "https://*.example.com",
    "http://localhost:5173",
    "https://bücher.example",
  );

  it.each([
    "https://shop.example",
    "https://a.example.com",
    "https://www-2.example.com",
    "http://localhost:5173",
    "https://xn--bcher-kva.example",
  ])("lets %s in", (origin) => {
    expect(isOriginAllowed(listed, origin)).toBe(true);
  });

  it.each([
    ["another scheme", "http://shop.example"],
    ["another port", "https://shop.example:8443"],
    ["a default port spelt out", "https://shop.example:443"],
    ["a trailing dot", "https://shop.example."],
    ["a trailing slash", "https://shop.example/"],
    ["upper case", "https://SHOP.example"],
    ["a suffix trick", "https://evilshop.example"],
    ["a prefix trick", "https://shop.example.evil.test"],
    ["user info", "https://shop.example@evil.test"],
    ["the bare host behind a wildcard", "https://example.com"],
    ["two labels before a wildcard", "https://a.b.example.com"],
    ["an empty label", "https://.example.com"],
    ["a star for a label", "https://*.example.com"],
    ["a label of signs", "https://a!b.example.com"],
    ["a wildcard by http", "http://a.example.com"],
    ["a wildcard on another port", "https://a.example.com:444"],
    ["a host that only ends alike", "https://aexample.com"],
    ["unicode where punycode belongs", "https://bücher.example"],
    ["null", "null"],
    ["an empty origin", ""],
    ["two origins", "https://shop.example https://shop.example"],
    ["a list", "https://shop.example, https://evil.test"],
    ["no scheme", "shop.example"],
    ["an opaque scheme", "file://"],
  ])("refuses %s", (_what, origin) => {
    expect(isOriginAllowed(listed, origin)).toBe(false);
  });
});

describe("an entry", () => {
  it.each([
    "*",
    "https://*",
    "https://*.com",
    "https://a.*.example.com",
    "https://*a.example.com",
    "shop.example",
    "ftp://shop.example",
    "https://shop.example/path",
    "https://shop.example?x",
    "https://user@shop.example",
    "null",
  ])("%s is refused with a reason", (text) => {
    expect(parseOriginPattern(text)).toHaveProperty("fault");
  });

  it("may carry a trailing slash, upper case and a default port", () => {
    expect(parseOriginPattern("https://SHOP.example:443/")).toEqual({
      kind: "exact",
      origin: "https://shop.example",
    });
  });
});

describe("the origin for upstream calls without one", () => {
  it("is the first listed without a wildcard", () => {
    expect(defaultOrigin(patterns("https://*.example.com", "https://shop.example"))).toBe(
      "https://shop.example",
    );
  });

  it("is a host under the first wildcard if there are only wildcards", () => {
    expect(defaultOrigin(patterns("https://*.example.com:8443"))).toBe("https://www.example.com:8443");
  });
});
