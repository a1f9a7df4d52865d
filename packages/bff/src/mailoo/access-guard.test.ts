import { describe, expect, it } from "vitest";
import { createAccessGuard } from "./access-guard.ts";

const SHOP = { origin: "https://shop.example", sessionPublicId: null };
const BLOG = { origin: "https://blog.example", sessionPublicId: null };
const inSession = (sessionPublicId: string) => ({ ...SHOP, sessionPublicId });

describe("the access guard", () => {
  it("holds everybody back after a 401, and lets one try again every 30 s", () => {
    const { guard, pass } = start();
    expect(guard.answered(SHOP, 401)).toBe("key-refused");
    expect(guard.keyRefused).toBe(true);
    expect(guard.check(BLOG)).toBe(401);
    pass(29_999);
    expect(guard.check(SHOP)).toBe(401);
    pass(1);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.check(BLOG)).toBe(401);
    expect(guard.answered(SHOP, 401)).toBeNull();
    pass(30_000);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("lets everybody through again once a probe is accepted", () => {
    const { guard, pass } = start();
    guard.answered(SHOP, 401);
    pass(30_000);
    guard.check(SHOP);
    expect(guard.answered(SHOP, "accepted")).toBe("key-accepted");
    expect(guard.keyRefused).toBe(false);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("holds back one origin after a 403, and no other", () => {
    const { guard } = start();
    guard.answered(SHOP, "accepted");
    expect(guard.answered(BLOG, 403)).toBe("origin-refused");
    expect(guard.check(BLOG)).toBe(403);
    expect(guard.check({ ...BLOG, sessionPublicId: "s1" })).toBe(403);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
  });

  it("takes the key for refused where every origin that was tried meets a 403", () => {
    const { guard } = start();
    guard.answered(SHOP, "accepted");
    guard.answered(BLOG, "accepted");
    expect(guard.answered(SHOP, 403)).toBe("origin-refused");
    expect(guard.answered(BLOG, 403)).toBe("key-refused");
    // Even so each origin may find out for itself.
    expect(guard.check({ origin: "https://new.example", sessionPublicId: null })).toBeNull();
  });

  it("holds back one session after a 403 that may be its own, and the origin after a second one", () => {
    const { guard } = start();
    guard.answered(inSession("s1"), "accepted");
    expect(guard.answered(inSession("s1"), 403)).toBeNull();
    expect(guard.check(inSession("s1"))).toBe(403);
    expect(guard.check(inSession("s2"))).toBeNull();
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.answered(inSession("s2"), 403)).toBe("key-refused");
    expect(guard.check(inSession("s3"))).toBe(403);
  });

  it("does not add up the refusals of one session, nor those between which the origin was accepted", () => {
    const { guard } = start();
    for (let i = 0; i < 5; i += 1) guard.answered(inSession("s1"), 403);
    expect(guard.check(inSession("s2"))).toBeNull();
    guard.answered(inSession("s2"), "accepted");
    guard.answered(inSession("s3"), 403);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
  });

  it("remembers no more than it may", () => {
    const { guard } = start(2);
    for (const name of ["a", "b", "c"])
      guard.answered({ origin: `https://${name}.example`, sessionPublicId: null }, 403);
    expect(guard.check({ origin: "https://a.example", sessionPublicId: null })).toBeNull();
    expect(guard.check({ origin: "https://c.example", sessionPublicId: null })).toBe(403);
  });
});

function start(maxEntries?: number) {
  let nowMs = 0;
  const now = () => nowMs;
  const guard = createAccessGuard(maxEntries === undefined ? { now } : { now, maxEntries });
  return {
    guard,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}
