import { describe, expect, it } from "vitest";
import { createAccessGuard } from "./access.ts";

const SHOP = "https://shop.example";
const BLOG = "https://blog.example";
const PROOF = true;
const HINT = false;

describe("the access guard", () => {
  it("holds everybody back after a 401, and lets one try again every 30 s", () => {
    const { guard, pass } = start();
    expect(guard.answered(SHOP, 401, HINT)).toEqual({ news: "key-refused", suspect: false });
    expect(guard.keyRefused).toBe(true);
    expect(guard.check(BLOG)).toBe(401);
    pass(29_999);
    expect(guard.check(SHOP)).toBe(401);
    pass(1);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.check(BLOG)).toBe(401);
    expect(guard.answered(SHOP, 401, HINT).news).toBeNull();
    pass(30_000);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("lets everybody through again once a probe is accepted", () => {
    const { guard, pass } = start();
    guard.answered(SHOP, 401, HINT);
    pass(30_000);
    guard.check(SHOP);
    expect(guard.answered(SHOP, "accepted", HINT).news).toBe("key-accepted");
    expect(guard.keyRefused).toBe(false);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("takes a 403 for a suspicion that holds nobody back, and asks for proof once in 5 s", () => {
    const { guard, pass } = start();
    expect(guard.answered(SHOP, 403, HINT)).toEqual({ news: null, suspect: true });
    expect(guard.answered(SHOP, 403, HINT)).toEqual({ news: null, suspect: false });
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
    pass(5_000);
    expect(guard.answered(SHOP, 403, HINT).suspect).toBe(true);
  });

  it("holds back one origin after a proven 403, and no other", () => {
    const { guard, pass } = start();
    guard.answered(SHOP, "accepted", HINT);
    expect(guard.answered(BLOG, 403, PROOF)).toEqual({ news: "origin-refused", suspect: false });
    expect(guard.check(BLOG)).toBe(403);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
    pass(30_000);
    expect(guard.check(BLOG)).toBeNull();
    expect(guard.check(BLOG)).toBe(403);
  });

  it("goes on holding an origin back when its probe meets any 403", () => {
    const { guard, pass } = start();
    guard.answered(SHOP, 403, PROOF);
    pass(30_000);
    guard.check(SHOP);
    expect(guard.answered(SHOP, 403, HINT)).toEqual({ news: null, suspect: false });
    pass(29_999);
    expect(guard.check(SHOP)).toBe(403);
  });

  it("does not take the key for refused, however many origins meet a proven 403", () => {
    const { guard } = start();
    guard.answered(SHOP, "accepted", HINT);
    guard.answered(BLOG, "accepted", HINT);
    expect(guard.answered(SHOP, 403, PROOF).news).toBe("origin-refused");
    expect([guard.isOriginRefused(SHOP), guard.acceptedOrigin]).toEqual([true, BLOG]);
    expect(guard.answered(BLOG, 403, PROOF).news).toBe("origin-refused");
    expect([guard.keyRefused, guard.acceptedOrigin]).toEqual([false, null]);
    expect(guard.check("https://new.example")).toBeNull();
    guard.answered(SHOP, "accepted", HINT);
    expect([guard.isOriginRefused(SHOP), guard.acceptedOrigin]).toEqual([false, SHOP]);
  });

  it("remembers no more origins than it may", () => {
    const { guard } = start(2);
    for (const name of ["a", "b", "c"]) guard.answered(`https://${name}.example`, 403, PROOF);
    expect(guard.check("https://a.example")).toBeNull();
    expect(guard.check("https://c.example")).toBe(403);
  });
});

function start(maxOrigins = 1_000) {
  let nowMs = 0;
  return {
    guard: createAccessGuard({ now: () => nowMs, maxOrigins }),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}
