import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepLease } from "./lease-keeper.ts";
import { createMemorySendStore } from "./memory-store.ts";
import type { SendStore } from "./store.ts";
import { LEASE_MS, POST_WINDOW_MS, RENEW_EVERY_MS } from "./timing.ts";

describe("keepLease", () => {
  const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() };
  const request = {
    scope: { key: "scope" },
    clientMessageId: "c1",
    bodyHash: "h",
    attempt: 1,
    after: null,
  };

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function take(store: SendStore) {
    const takenAtMs = Date.now();
    const verdict = await store.claim(request);
    if (verdict.kind !== "claimed") throw new Error(verdict.kind);
    return { lease: verdict.lease, takenAtMs };
  }

  it("renews the lease until it is stopped", async () => {
    const store = createMemorySendStore({ clock });
    const keeper = keepLease({ store, clock, ...(await take(store)) });
    await vi.advanceTimersByTimeAsync(3 * LEASE_MS);
    expect((await store.claim(request)).kind).toBe("busy");
    keeper.stop();
    await vi.advanceTimersByTimeAsync(LEASE_MS + RENEW_EVERY_MS);
    expect((await store.claim(request)).kind).toBe("claimed");
  });

  it("allows a POST at once with a new lease, and renews an older one first", async () => {
    const store = createMemorySendStore({ clock });
    const renew = vi.spyOn(store, "renew");
    const keeper = keepLease({ store, clock, ...(await take(store)) });
    await vi.advanceTimersByTimeAsync(POST_WINDOW_MS - 1);
    expect(await keeper.mayPost()).toBe(true);
    expect(renew).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await keeper.mayPost()).toBe(true);
    expect(renew).toHaveBeenCalledTimes(1);
    keeper.stop();
  });

  it("does not trust a renewal whose answer comes too late", async () => {
    const store = createMemorySendStore({ clock });
    const taken = await take(store);
    const standstill: SendStore = {
      ...store,
      async renew(lease) {
        const renewed = await store.renew(lease);
        if (renewed) {
          // The process stands still before it reads the answer, and somebody else takes over.
          vi.setSystemTime(Date.now() + LEASE_MS);
          await store.claim(request);
        }
        return renewed;
      },
    };
    const keeper = keepLease({ store: standstill, clock, ...taken });
    vi.setSystemTime(Date.now() + POST_WINDOW_MS);
    expect(await keeper.mayPost()).toBe(false);
    keeper.stop();
  });

  it("treats a lease as lost if the store fails", async () => {
    const store = createMemorySendStore({ clock });
    const taken = await take(store);
    const failing: SendStore = { ...store, renew: () => Promise.reject(new Error("broken")) };
    const keeper = keepLease({ store: failing, clock, ...taken });
    await vi.advanceTimersByTimeAsync(RENEW_EVERY_MS);
    expect(await keeper.mayPost()).toBe(false);
    keeper.stop();
  });
});
