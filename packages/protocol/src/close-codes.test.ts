import { describe, expect, it } from "vitest";
import { CLOSE, closeVerdict } from "./close-codes.ts";

describe("close codes", () => {
  it("are one table of what to do after a socket closed", () => {
    expect(Object.fromEntries(Object.values(CLOSE).map((code) => [code, closeVerdict(code)]))).toEqual({
      1001: "reconnect",
      1003: "reconnect",
      1009: "reconnect",
      1012: "reconnect",
      1013: "back-off",
      4400: "reconnect",
      4401: "renew",
      4404: "end",
      4408: "reconnect",
      4410: "end",
      4429: "back-off",
    });
  });

  it("mean a lost connection where they are not ours", () => {
    for (const code of [0, 1000, 1005, 1006, 1011, 3000, 4999]) expect(closeVerdict(code)).toBe("reconnect");
  });
});
