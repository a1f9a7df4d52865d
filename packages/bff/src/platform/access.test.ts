import { describe, expect, it, vi } from "vitest";
import { createAccessGuard } from "./access.ts";

const SHOP = "https://shop.example";
const BLOG = "https://blog.example";
const PROOF = { isProof: true, platformCode: null };
const HINT = { isProof: false, platformCode: null };

describe("the access guard", () => {
  it("stops all calls after a 401, except one probe every 30 s", () => {
    const { guard, log, pass } = start();
    expect(guard.answered(SHOP, 401, HINT)).toBe(false);
    expect(guard.keyRefused).toBe(true);
    expect(guard.check(BLOG)).toBe(401);
    pass(29_999);
    expect(guard.check(SHOP)).toBe(401);
    pass(1);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.check(BLOG)).toBe(401);
    guard.answered(SHOP, 401, HINT);
    expect(log.error).toHaveBeenCalledTimes(1);
    pass(30_000);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("lets calls pass again once a probe is accepted", () => {
    const { guard, log, pass } = start();
    guard.answered(SHOP, 401, HINT);
    pass(30_000);
    guard.check(SHOP);
    guard.answered(SHOP, "accepted", HINT);
    expect(log.info).toHaveBeenCalledTimes(1);
    expect(guard.keyRefused).toBe(false);
    expect(guard.check(BLOG)).toBeNull();
  });

  it("takes a 403 as a suspicion that stops no call, and asks for proof once in 5 s", () => {
    const { guard, pass } = start();
    expect(guard.answered(SHOP, 403, HINT)).toBe(true);
    expect(guard.answered(SHOP, 403, HINT)).toBe(false);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
    pass(5_000);
    expect(guard.answered(SHOP, 403, HINT)).toBe(true);
  });

  it("stops one origin after a proven 403, and no other", () => {
    const { guard, log, pass } = start();
    guard.answered(SHOP, "accepted", HINT);
    expect(guard.answered(BLOG, 403, PROOF)).toBe(false);
    expect(log.warn.mock.calls).toMatchObject([[{ origin: BLOG, status: 403 }, expect.anything()]]);
    expect(guard.check(BLOG)).toBe(403);
    expect(guard.check(SHOP)).toBeNull();
    expect(guard.keyRefused).toBe(false);
    pass(30_000);
    expect(guard.check(BLOG)).toBeNull();
    expect(guard.check(BLOG)).toBe(403);
  });

  it("keeps an origin stopped if its probe gets any 403", () => {
    const { guard, pass } = start();
    guard.answered(SHOP, 403, PROOF);
    pass(30_000);
    guard.check(SHOP);
    expect(guard.answered(SHOP, 403, HINT)).toBe(false);
    pass(29_999);
    expect(guard.check(SHOP)).toBe(403);
  });

  it("does not take the key as refused, however many origins get a proven 403", () => {
    const { guard } = start();
    guard.answered(SHOP, "accepted", HINT);
    guard.answered(BLOG, "accepted", HINT);
    guard.answered(SHOP, 403, PROOF);
    expect([guard.isOriginRefused(SHOP), guard.acceptedOrigin]).toEqual([true, BLOG]);
    guard.answered(BLOG, 403, PROOF);
    expect([guard.keyRefused, guard.acceptedOrigin]).toEqual([false, null]);
    expect(guard.check("https://new.example")).toBeNull();
    guard.answered(SHOP, "accepted", HINT);
    expect([guard.isOriginRefused(SHOP), guard.acceptedOrigin]).toEqual([false, SHOP]);
  });

  it("remembers at most 1000 origins", () => {
    const { guard } = start();
    for (let count = 0; count <= 1_000; count += 1) guard.answered(`https://${count}.example`, 403, PROOF);
    expect(guard.check("https://0.example")).toBeNull();
    expect(guard.check("https://1.example")).toBe(403);
    expect(guard.check("https://1000.example")).toBe(403);
  });
});

function start() {
  let nowMs = 0;
  const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
  return {
    log,
    guard: createAccessGuard({ logger: log, now: () => nowMs }),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}
