import { describe, expect, it } from "vitest";
import { describeSendStore } from "../../test/support/send-store-rules.ts";
import { createMemorySendStore } from "./memory-store.ts";
import { type ClaimRequest, type Settlement, UNSENT } from "./store.ts";

function movableClock() {
  let elapsedMs = 0;
  return {
    epochMs: () => Date.now() + elapsedMs,
    steadyMs: () => elapsedMs,
    pass(ms: number) {
      elapsedMs += ms;
    },
  };
}

describeSendStore("memory", async () => {
  const clock = movableClock();
  return {
    store: createMemorySendStore({ clock }),
    replica: null,
    pass: async (ms) => clock.pass(ms),
    [Symbol.asyncDispose]: async () => {},
  };
});

describe("memory: a new store", () => {
  it("reports the time from which its records are complete", async () => {
    const clock = movableClock();
    const store = createMemorySendStore({ clock });
    clock.pass(7_000);
    expect(await store.coveredForMs()).toBe(7_000);
  });
});

describe("memory: a full store", () => {
  const SENT: Settlement & { state: "sent" } = {
    state: "sent",
    messageId: "m",
    createdAt: "2026-05-01T12:00:00.000Z",
    sealedSession: null,
    how: "named",
    settleInMs: 0,
  };

  function request(id: number): ClaimRequest {
    return {
      scope: { key: `scope-${id}` },
      clientMessageId: "c",
      bodyHash: "h",
      attempt: 1,
      after: null,
    };
  }

  async function settled(
    store: ReturnType<typeof createMemorySendStore>,
    id: number,
    settlement: Settlement,
  ) {
    const verdict = await store.claim(request(id));
    if (verdict.kind === "claimed") await store.settle(verdict.lease, settlement);
    return verdict.kind;
  }

  it("drops the oldest sent record first, and keeps what is pending", async () => {
    const clock = movableClock();
    const store = createMemorySendStore({ clock, maxRecords: 3 });
    await settled(store, 1, { state: "pending", sealedSession: null, settleInMs: 1_000 });
    await settled(store, 2, SENT);
    await settled(store, 3, SENT);
    await settled(store, 4, SENT);
    clock.pass(60_000 - 1);
    expect((await store.claim({ ...request(2), attempt: 2 })).kind).toBe("claimed");
    expect((await store.claim(request(4))).kind).toBe("sent");
    expect(await store.claim({ ...request(1), attempt: 2 })).toMatchObject({ record: { state: "pending" } });
  });

  it("keeps the records of first messages for longest, and drops the oldest of them last", async () => {
    const clock = movableClock();
    const store = createMemorySendStore({ clock, maxRecords: 4 });
    const opening = (id: number): Settlement => ({ ...SENT, messageId: `m${id}`, sealedSession: `s${id}` });
    await settled(store, 1, opening(1));
    await settled(store, 2, SENT);
    await settled(store, 3, opening(3));
    await settled(store, 4, UNSENT);
    await settled(store, 5, opening(5));
    await settled(store, 6, opening(6));
    for (const id of [1, 3, 5, 6]) expect((await store.claim(request(id))).kind).toBe("sent");
    await settled(store, 7, opening(7));
    expect((await store.claim(request(3))).kind).toBe("sent");
    expect((await store.claim({ ...request(1), attempt: 2 })).kind).toBe("claimed");
  });

  it("has no room while every record may still matter, and drops the oldest when it no longer does", async () => {
    const clock = movableClock();
    const store = createMemorySendStore({ clock, maxRecords: 2 });
    await settled(store, 1, { state: "pending", sealedSession: null, settleInMs: 15_000 });
    expect((await store.claim(request(2))).kind).toBe("claimed");
    expect(await store.claim(request(3))).toEqual({ kind: "full" });
    clock.pass(15_000);
    expect((await store.claim(request(3))).kind).toBe("claimed");
  });
});
