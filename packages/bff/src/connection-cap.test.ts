import { expect, it } from "vitest";
import { connectionCap } from "./connection-cap.ts";

const limits = (openFiles: string) =>
  `Max processes 100 100 processes\nMax open files            ${openFiles}  524288  files\n`;

it("leaves a descriptor to each connection's platform socket, and some to everything else", () => {
  expect(connectionCap(limits("65536"))).toBe((65_536 - 256) / 2);
  expect(connectionCap(limits("unlimited"))).toBeGreaterThan(500_000);
});

it("stays usable where the limit is small or cannot be read", () => {
  expect(connectionCap(limits("128"))).toBe(64);
  expect(connectionCap("")).toBe((10_240 - 256) / 2);
});
