import { describe, expect, it } from "vitest";
import { isOriginAllowed } from "./is-origin-allowed.ts";

const only = (...allowedOrigins: string[]) => ({ allowedOrigins, domain: null });

describe("isOriginAllowed", () => {
  it("accepts every origin if the integration lists none", () => {
    expect(isOriginAllowed("https://anywhere.example", only())).toBe(true);
  });

  it("accepts a listed origin and refuses every other scheme, host and port", () => {
    const config = only("https://shop.example");
    expect(isOriginAllowed("https://shop.example", config)).toBe(true);
    expect(isOriginAllowed("http://shop.example", config)).toBe(false);
    expect(isOriginAllowed("https://shop.example:8443", config)).toBe(false);
    expect(isOriginAllowed("https://shop.example.evil.example", config)).toBe(false);
    expect(isOriginAllowed("https://evilshop.example", config)).toBe(false);
  });

  it("reads a listed default port as no port", () => {
    expect(isOriginAllowed("https://shop.example", only("https://shop.example:443"))).toBe(true);
    expect(isOriginAllowed("http://shop.example", only("http://shop.example:80/"))).toBe(true);
  });

  it("reads `:*` as any port, none included", () => {
    const config = only("http://localhost:*", "http://[::1]:*");
    expect(isOriginAllowed("http://localhost:5173", config)).toBe(true);
    expect(isOriginAllowed("http://localhost", config)).toBe(true);
    expect(isOriginAllowed("http://[::1]:8080", config)).toBe(true);
    expect(isOriginAllowed("http://localhost.evil.example:5173", config)).toBe(false);
  });

  it("reads `*.` as hosts below, never the host itself", () => {
    const config = only("https://*.shop.example");
    expect(isOriginAllowed("https://www.shop.example", config)).toBe(true);
    expect(isOriginAllowed("https://shop.example", config)).toBe(false);
    expect(isOriginAllowed("https://wwwshop.example", config)).toBe(false);
  });

  it("accepts a domain and its subdomains, besides the listed origins", () => {
    const config = { allowedOrigins: ["https://other.example"], domain: "Shop.example" };
    expect(isOriginAllowed("https://shop.example", config)).toBe(true);
    expect(isOriginAllowed("http://www.shop.example:8080", config)).toBe(true);
    expect(isOriginAllowed("https://other.example", config)).toBe(true);
    expect(isOriginAllowed("https://notshop.example", config)).toBe(false);
  });

  it.each(["null", "", "*", "https://", "https://shop.example/path", "javascript:alert(1)", "shop.example"])(
    "refuses %j, which is no origin",
    (origin) => {
      expect(isOriginAllowed(origin, only("https://shop.example", "null", "*"))).toBe(false);
    },
  );
});
