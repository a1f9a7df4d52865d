import { describe, expect, it } from "vitest";
import { addressBlock, parseTrustProxy } from "./client-address.ts";

describe("TRUST_PROXY", () => {
  it.each<[string, unknown]>([
    ["0", 0],
    ["2", 2],
    ["10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]],
  ])("reads %j", (text, setting) => expect(parseTrustProxy(text)).toEqual(setting));

  it.each(["x", "10.0.0.0/33", "10.0.0.1/", "10.0.0.1/8/8", "-1", "1.5"])("refuses %j", (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });
});

describe("the block that limits count by", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:cb00:7109", "203.0.113.9"],
    ["2001:db8:1:ab12:3::4", "2001:db8:1:ab00::/56"],
    ["[2001:db8:1:ab12:3::4]:443", "2001:db8:1:ab00::/56"],
    ["2001:db8:1:abff:ffff:ffff:ffff:ffff", "2001:db8:1:ab00::/56"],
    ["::1", "::/56"],
    ["not an address", "not an address"],
  ])("of %s is %s", (address, block) => expect(addressBlock(address)).toBe(block));
});
