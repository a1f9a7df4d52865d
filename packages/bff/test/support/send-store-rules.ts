import { describe, expect, it } from "vitest";
import {
  type ClaimRequest,
  type ClaimVerdict,
  type Lease,
  type SendStore,
  type SentRecord,
  type Settlement,
  UNSENT,
} from "../../src/sends/store.ts";
import { LEASE_MS, RECORD_TTL_MS, SETTLE_AFTER_LEASE_MS } from "../../src/sends/timing.ts";

/** A store under test, and a way to let time pass for it. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: SendStore;
  /** The same records as another replica sees them. Null: there is none. */
  readonly replica: SendStore | null;
  pass(ms: number): Promise<void>;
}

const SENT: Settlement & { state: "sent" } = {
  state: "sent",
  messageId: "m1",
  createdAt: "2026-05-01T12:00:00.000Z",
  sealedSession: null,
  how: "named",
  settleInMs: 0,
};

const RECORD: SentRecord = {
  clientMessageId: "c1",
  bodyHash: "hash-1",
  messageId: "m1",
  createdAt: "2026-05-01T12:00:00.000Z",
  sealedSession: null,
};

/** The rules of every store. */
export function describeSendStore(name: string, open: () => Promise<StoreUnderTest>): void {
  let lastScope = 0;
  const newScope = () => {
    lastScope += 1;
    return { key: `scope-${lastScope}` };
  };
  const request = (scope = newScope(), overrides: Partial<ClaimRequest> = {}): ClaimRequest => ({
    scope,
    clientMessageId: "c1",
    bodyHash: "hash-1",
    attempt: 1,
    after: null,
    ...overrides,
  });

  async function claimed(store: SendStore, claim: ClaimRequest) {
    const verdict = await store.claim(claim);
    expect(verdict.kind).toBe("claimed");
    return verdict as ClaimVerdict & { kind: "claimed" };
  }

  describe(`${name}: a claim`, () => {
    it("is granted to one at a time in a scope, and concurrently over scopes", async () => {
      await using under = await open();
      const { store, replica } = under;
      const claim = request();
      await claimed(store, claim);
      for (const other of [store, replica ?? store]) {
        const busy = await other.claim({ ...claim, clientMessageId: "c2" });
        expect(busy.kind).toBe("busy");
        expect(busy.kind === "busy" && busy.leaseMs).toBeGreaterThan(LEASE_MS - 5_000);
      }
      await claimed(store, request());
    });

    it("of an unknown send says so", async () => {
      await using under = await open();
      const { record, lease } = await claimed(under.store, request(newScope(), { after: "m0" }));
      expect(record).toMatchObject({ state: "new", after: "m0", settleInMs: 0, sealedSession: null });
      expect(lease.after).toBe("m0");
    });

    it("of a recorded send gives its record, to a replica too", async () => {
      await using under = await open();
      const { store, replica } = under;
      const claim = request();
      const { lease } = await claimed(store, claim);
      expect(await store.settle(lease, SENT)).toBe("done");
      for (const other of [store, replica ?? store]) {
        expect(await other.claim({ ...claim, attempt: 2 })).toEqual({ kind: "sent", sent: RECORD });
        expect(await other.claim({ ...claim, bodyHash: "hash-2" })).toEqual({ kind: "reused" });
      }
    });

    it("refuses another text while the first is under way", async () => {
      await using under = await open();
      const claim = request();
      await claimed(under.store, claim);
      expect(await under.store.claim({ ...claim, bodyHash: "hash-2" })).toEqual({ kind: "reused" });
    });

    it("takes the newest message of the scope if a first attempt does not say what it comes after", async () => {
      await using under = await open();
      const scope = newScope();
      const first = await claimed(under.store, request(scope));
      await under.store.settle(first.lease, SENT);
      const second = await claimed(under.store, request(scope, { clientMessageId: "c2" }));
      expect(second.record.after).toBe("m1");
      await under.store.settle(second.lease, UNSENT);
      const third = await claimed(under.store, request(scope, { clientMessageId: "c3", attempt: 2 }));
      expect(third.record.after).toBeNull();
    });

    it("keeps what the first claim came after", async () => {
      await using under = await open();
      const claim = request(newScope(), { after: "m0" });
      const { lease } = await claimed(under.store, claim);
      await under.store.settle(lease, UNSENT);
      const again = await claimed(under.store, { ...claim, attempt: 2, after: "m7" });
      expect(again.record).toMatchObject({ state: "unsent", after: "m0" });
    });
  });

  describe(`${name}: a lease`, () => {
    it("that ran out is taken over as pending, and its holder's writes are refused", async () => {
      await using under = await open();
      const { store, replica } = under;
      const claim = request();
      const first = await claimed(store, claim);
      await under.pass(LEASE_MS);
      const second = await claimed(replica ?? store, { ...claim, attempt: 2 });
      expect(second.lease.fence).toBeGreaterThan(first.lease.fence);
      expect(second.record.state).toBe("pending");
      expect(second.record.settleInMs).toBeGreaterThan(SETTLE_AFTER_LEASE_MS - 1_500);
      expect(second.record.settleInMs).toBeLessThanOrEqual(SETTLE_AFTER_LEASE_MS);

      expect(await store.renew(first.lease)).toBe(false);
      expect(await store.settle(first.lease, SENT)).toBe("lease-lost");
      expect(await store.settle(second.lease, { ...SENT, messageId: "m2" })).toBe("done");
      expect(await store.claim(claim)).toMatchObject({ kind: "sent", sent: { messageId: "m2" } });
    });

    it("that ran out leaves an unknown outcome to the next claim of the scope", async () => {
      await using under = await open();
      const scope = newScope();
      await claimed(under.store, request(scope));
      await under.pass(LEASE_MS);
      const { record } = await claimed(under.store, request(scope, { clientMessageId: "c2" }));
      expect(record.state).toBe("new");
      expect(record.settleInMs).toBeGreaterThan(0);
    });

    it("is extended by renewing", async () => {
      await using under = await open();
      const claim = request();
      const { lease } = await claimed(under.store, claim);
      await under.pass(LEASE_MS - 5_000);
      expect(await under.store.renew(lease)).toBe(true);
      await under.pass(LEASE_MS - 5_000);
      expect((await under.store.claim({ ...claim, attempt: 2 })).kind).toBe("busy");
      expect(await under.store.settle(lease, SENT)).toBe("done");
    });

    it("ends with its settlement", async () => {
      await using under = await open();
      const { lease } = await claimed(under.store, request());
      await under.store.settle(lease, UNSENT);
      expect(await under.store.renew(lease)).toBe(false);
      expect(await under.store.settle(lease, SENT)).toBe("lease-lost");
    });
  });

  describe(`${name}: a settlement`, () => {
    it.each(["unsent", "pending", "accepted"] as const)(
      "as %s is what the next claim starts from",
      async (state) => {
        await using under = await open();
        const claim = request();
        const { lease } = await claimed(under.store, claim);
        const settlement: Settlement =
          state === "unsent" ? UNSENT : { state, sealedSession: null, settleInMs: 9_000 };
        await under.store.settle(lease, settlement);
        const { record } = await claimed(under.store, { ...claim, attempt: 2 });
        expect(record.state).toBe(state);
        if (state === "unsent") expect(record.settleInMs).toBe(0);
        else expect(record.settleInMs).toBeGreaterThan(7_000);
      },
    );

    it("never shortens the settle time of an earlier one", async () => {
      await using under = await open();
      const scope = newScope();
      const first = await claimed(under.store, request(scope));
      await under.store.settle(first.lease, { state: "pending", sealedSession: null, settleInMs: 15_000 });
      const second = await claimed(under.store, request(scope, { clientMessageId: "c2" }));
      await under.store.settle(second.lease, { state: "pending", sealedSession: null, settleInMs: 2_000 });
      const third = await claimed(under.store, request(scope, { clientMessageId: "c3" }));
      expect(third.record.settleInMs).toBeGreaterThan(10_000);
    });

    it("does not record a found message for a second send", async () => {
      await using under = await open();
      const scope = newScope();
      const first = await claimed(under.store, request(scope));
      await under.store.settle(first.lease, SENT);
      const second = await claimed(under.store, request(scope, { clientMessageId: "c2" }));
      const found = { ...SENT, how: "found" } as const;
      expect(await under.store.settle(second.lease, found)).toBe("taken");
      expect(await under.store.settle(second.lease, { ...found, messageId: "m2" })).toBe("done");
      const claims = await under.store.claims(scope, ["m1", "m2", "m3"]);
      expect([...claims].map(([id, { clientMessageId }]) => [id, clientMessageId])).toEqual([
        ["m1", "c1"],
        ["m2", "c2"],
      ]);
      expect(claims.get("m1")?.createdAt).toBe(RECORD.createdAt);
    });

    it("does not record a named message that another send has found, but one that another has named", async () => {
      await using under = await open();
      const { store } = under;
      const scope = newScope();
      const first = await claimed(store, request(scope));
      await store.settle(first.lease, { ...SENT, how: "found" });
      const second = await claimed(store, request(scope, { clientMessageId: "c2" }));
      expect(await store.settle(second.lease, SENT)).toBe("taken");
      expect(await store.adopt(scope, { ...RECORD, clientMessageId: "c3" }, "named")).toBe("taken");
      // A platform whose ids are not unique costs no message.
      expect(await store.settle(second.lease, { ...SENT, messageId: "m2" })).toBe("done");
      const third = await claimed(store, request(scope, { clientMessageId: "c3" }));
      expect(await store.settle(third.lease, { ...SENT, messageId: "m2" })).toBe("done");
    });
  });

  describe(`${name}: the scope of first messages`, () => {
    it("leads to the session that its message opened", async () => {
      await using under = await open();
      const { store, replica } = under;
      const scope = newScope();
      const first = await claimed(store, request(scope));
      await store.settle(first.lease, { ...SENT, sealedSession: "sealed" });
      expect(await (replica ?? store).claim(request(scope))).toMatchObject({
        kind: "sent",
        sent: { sealedSession: "sealed" },
      });
      expect(await (replica ?? store).claim(request(scope, { clientMessageId: "c2" }))).toEqual({
        kind: "moved",
        sealedSession: "sealed",
        mayBeSent: false,
        settleInMs: 0,
      });
    });

    it("says for how long a pending send is not settled", async () => {
      await using under = await open();
      const scope = newScope();
      const first = await claimed(under.store, request(scope));
      await under.store.settle(first.lease, { state: "pending", sealedSession: null, settleInMs: 9_000 });
      const second = await claimed(under.store, request(scope, { clientMessageId: "c2" }));
      await under.store.settle(second.lease, { ...SENT, sealedSession: "sealed" });
      const verdict = await under.store.claim(request(scope, { attempt: 2 }));
      expect(verdict).toMatchObject({ kind: "moved", mayBeSent: true });
      expect(verdict.kind === "moved" && verdict.settleInMs).toBeGreaterThan(7_000);
    });

    it("keeps the session of a message that was accepted without an id", async () => {
      await using under = await open();
      const claim = request();
      const { lease } = await claimed(under.store, claim);
      await under.store.settle(lease, { state: "accepted", sealedSession: "sealed", settleInMs: 0 });
      const again = await claimed(under.store, { ...claim, attempt: 2 });
      expect(again.record).toMatchObject({ state: "accepted", sealedSession: "sealed" });
    });

    it("forgets only the given session", async () => {
      await using under = await open();
      const scope = newScope();
      const { lease } = await claimed(under.store, request(scope));
      await under.store.settle(lease, { ...SENT, sealedSession: "sealed" });
      await under.store.forgetSession(scope, "another");
      const next = request(scope, { clientMessageId: "c2" });
      expect((await under.store.claim(next)).kind).toBe("moved");
      await under.store.forgetSession(scope, "sealed");
      await claimed(under.store, next);
    });
  });

  describe(`${name}: records`, () => {
    it("are adopted from another scope, and never replace existing ones", async () => {
      await using under = await open();
      const scope = newScope();
      expect(await under.store.adopt(scope, RECORD, "named")).toBe("done");
      expect(await under.store.adopt(scope, RECORD, "opened")).toBe("done");
      expect(await under.store.adopt(scope, { ...RECORD, messageId: "m9" }, "named")).toBe("already-sent");
      expect(await under.store.claim(request(scope))).toEqual({ kind: "sent", sent: RECORD });
      expect((await under.store.claims(scope, ["m1"])).get("m1")?.clientMessageId).toBe("c1");
    });

    it("are adopted while another has the lease, and its settlement does not change them", async () => {
      await using under = await open();
      const { store, replica } = under;
      const claim = request(newScope(), { after: "m0" });
      const { lease } = await claimed(store, claim);
      expect(await (replica ?? store).claim(claim)).toMatchObject({
        kind: "busy",
        sameSend: { after: "m0" },
      });
      const other = { ...claim, clientMessageId: "c2" };
      expect(await (replica ?? store).claim(other)).toMatchObject({ kind: "busy", sameSend: null });

      expect(await (replica ?? store).adopt(claim.scope, RECORD, "found")).toBe("done");
      expect(await store.settle(lease, { ...SENT, messageId: "m2" })).toBe("already-sent");
      expect(await store.claim(claim)).toEqual({ kind: "sent", sent: RECORD });
      await claimed(store, other);
      const found = { ...RECORD, clientMessageId: "c2" };
      expect(await store.adopt(claim.scope, found, "found")).toBe("taken");
    });

    it("keep what was found under a lease about what its send comes after", async () => {
      await using under = await open();
      const claim = request();
      const { lease } = await claimed(under.store, claim);
      expect(await under.store.renew({ ...lease, after: "m0" })).toBe(true);
      await under.pass(LEASE_MS);
      expect((await claimed(under.store, { ...claim, attempt: 2 })).record.after).toBe("m0");
    });

    it("expire", async () => {
      await using under = await open();
      const scope = newScope();
      const { lease } = await claimed(under.store, request(scope));
      await under.store.settle(lease, { ...SENT, sealedSession: "sealed" });
      await under.pass(RECORD_TTL_MS);
      const { record } = await claimed(under.store, request(scope));
      expect(record.state).toBe("new");
    });

    it("keep similar ids apart", async () => {
      await using under = await open();
      const scope = newScope();
      for (const clientMessageId of ["m", "c1", "-", "C1"]) {
        const { lease } = await claimed(under.store, request(scope, { clientMessageId }));
        await under.store.settle(lease as Lease, { ...SENT, messageId: `of ${clientMessageId}` });
      }
      expect(await under.store.claim(request(scope, { clientMessageId: "m" }))).toMatchObject({
        kind: "sent",
        sent: { messageId: "of m" },
      });
    });
  });
}
