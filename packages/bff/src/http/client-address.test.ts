import { describe, expect, it } from "vitest";
import { addressBlock, clientAddress, parseTrustedProxies, type TrustedProxies } from "./client-address.ts";

function trust(text: string): TrustedProxies {
  const trusted = parseTrustedProxies(text);
  if (!trusted) throw new Error(`not read: ${text}`);
  return trusted;
}

describe("the visitor's address", () => {
  it("is the peer's where no proxy is trusted, whatever the header says", () => {
    expect(clientAddress(trust("0"), "198.51.100.7", "203.0.113.1")).toBe("198.51.100.7");
  });

  it("is what the nearest trusted hop saw, not what the visitor claims", () => {
    expect(clientAddress(trust("1"), "10.0.0.1", "1.1.1.1, 203.0.113.1")).toBe("203.0.113.1");
    expect(clientAddress(trust("2"), "10.0.0.1", "1.1.1.1, 203.0.113.1, 10.0.0.2")).toBe("203.0.113.1");
  });

  it("passes listed proxies only", () => {
    const listed = trust("10.0.0.0/8, ::1");
    expect(clientAddress(listed, "::1", "1.1.1.1, 203.0.113.1, 10.2.3.4")).toBe("203.0.113.1");
    expect(clientAddress(listed, "198.51.100.7", "203.0.113.1")).toBe("198.51.100.7");
  });

  it("counts hops from the end, however many entries the visitor has put before", () => {
    const forged = Array<string>(500).fill("1.1.1.1").join(", ");
    expect(clientAddress(trust("1"), "10.0.0.1", `${forged}, 203.0.113.1`)).toBe("203.0.113.1");
  });

  it("stops at the last good hop when the header holds rubbish", () => {
    expect(clientAddress(trust("2"), "10.0.0.1", "203.0.113.1, not-an-address")).toBe("10.0.0.1");
  });

  it("reads a v4-mapped address as v4 and drops ports", () => {
    expect(clientAddress(trust("1"), "::ffff:10.0.0.1", "203.0.113.1:4711")).toBe("203.0.113.1");
    expect(clientAddress(trust("0"), "::ffff:203.0.113.9", undefined)).toBe("203.0.113.9");
    expect(clientAddress(trust("1"), "10.0.0.1", "::FFFF:cb00:7109")).toBe("203.0.113.9");
    expect(clientAddress(trust("1"), "10.0.0.1", "0:0:0:0:0:ffff:203.0.113.9")).toBe("203.0.113.9");
    expect(clientAddress(trust("1"), "10.0.0.1", "[2001:db8::1]:443")).toBe("2001:db8::1");
    expect(clientAddress(trust("1"), "10.0.0.1", "::ffff:not:an:address")).toBe("10.0.0.1");
  });

  it.each(["x", "10.0.0.0/33", "10.0.0.1/", "10.0.0.1/8/8", "-1", "1.5"])(
    "refuses the setting %j",
    (text) => {
      expect(parseTrustedProxies(text)).toBeUndefined();
    },
  );
});

describe("the block that limits count by", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:ab12:3::4", "2001:db8:1:ab00::/56"],
    ["2001:db8:1:abff:ffff:ffff:ffff:ffff", "2001:db8:1:ab00::/56"],
    ["::1", "0:0:0:0::/56"],
    ["2001:db8::", "2001:db8:0:0::/56"],
  ])("of %s is %s", (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});
