import { describe, expect, it } from "vitest";
import type { MailooFailure } from "../platform/errors.ts";
import {
  afterAcceptedPost,
  afterFailedPost,
  afterFailedSearch,
  afterFoundMessage,
  afterTakenMessage,
  afterVainSearch,
  type InDoubt,
  nextStep,
  type SendProgress,
  startProgress,
} from "./progress.ts";
import type { ClaimedRecord } from "./store.ts";
import { COMMIT_MS, SETTLE_AFTER_ANSWER_MS, TRANSIT_MS } from "./timing.ts";

const NOW = 100_000;
const DEADLINE = NOW + 20_000;

function record(overrides: Partial<ClaimedRecord> = {}): ClaimedRecord {
  return {
    state: "new",
    after: null,
    settleInMs: 0,
    sealedSession: null,
    ...overrides,
  };
}

function start(of: ClaimedRecord, attempt: number, coveredForMs: number | null = null) {
  return startProgress(of, { attempt, openedSession: null, coveredForMs, nowMs: NOW });
}

function step(progress: SendProgress, nowMs = NOW, searchable = true) {
  return nextStep(progress, { nowMs, deadlineMs: DEADLINE, searchable });
}

const FAILED = { kind: "server-error", status: 500, fromPlatform: true } as const;
const UNSENT: SendProgress = { name: "unsent", posts: 0 };

function failed(failure: MailooFailure, overrides: Partial<Parameters<typeof afterFailedPost>[2]> = {}) {
  return afterFailedPost(UNSENT, failure, {
    startedAtMs: NOW,
    nowMs: NOW + 1_000,
    scopeSettledAtMs: NOW,
    opensSession: false,
    ...overrides,
  });
}

function inDoubt(overrides: Partial<InDoubt> = {}): InDoubt {
  const search = { tries: 0, inVainAtMs: null, nextAtMs: NOW };
  const settledAtMs = overrides.settledAtMs ?? NOW + 2_000;
  return { name: "in-doubt", posts: 1, settledAtMs, resendAtMs: settledAtMs, search, ...overrides };
}

describe("where a send begins", () => {
  it("is with a POST where nothing was tried before, or surely nothing came of it", () => {
    expect(step(start(record(), 1))).toEqual({ name: "post" });
    expect(step(start(record({ state: "unsent" }), 7))).toEqual({ name: "post" });
    const busyScope = record({ settleInMs: 9_000 });
    expect(step(start(busyScope, 1))).toEqual({ name: "post" });
  });

  it("is with a search where an earlier attempt may have come through", () => {
    for (const [state, attempt] of [
      ["pending", 1],
      ["pending", 2],
      ["new", 2],
    ] as const) {
      const progress = start(record({ state }), attempt);
      expect(step(progress)).toMatchObject({ name: "search", inMs: 0, match: "same-content" });
    }
  });

  it("counts an attempt that is not on record as just gone out, unless all of them are", () => {
    const settledAtMs = (coveredForMs: number | null) => start(record(), 2, coveredForMs) as InDoubt;
    expect(settledAtMs(null).settledAtMs).toBe(NOW + COMMIT_MS);
    expect(settledAtMs(6_000).settledAtMs).toBe(NOW + COMMIT_MS - 6_000);
    expect(settledAtMs(60_000).settledAtMs).toBe(NOW);
  });

  it("waits for the doubts of its scope", () => {
    const progress = start(record({ state: "pending", settleInMs: 9_000 }), 2);
    expect(progress).toMatchObject({ name: "in-doubt", settledAtMs: NOW + 9_000 });
  });
});

describe("a POST that failed", () => {
  it("is in doubt from its beginning where there was no answer", () => {
    expect(failed({ kind: "no-answer", timedOut: true })).toMatchObject({
      name: "in-doubt",
      posts: 1,
      settledAtMs: NOW + TRANSIT_MS + COMMIT_MS,
    });
  });

  it("is in doubt for a moment after the platform's own word that it failed", () => {
    expect(failed(FAILED)).toMatchObject({
      name: "in-doubt",
      settledAtMs: NOW + 1_000 + SETTLE_AFTER_ANSWER_MS,
    });
  });

  it.each([
    { kind: "server-error", status: 500 },
    { kind: "server-error", status: 502 },
    { kind: "server-error", status: 404 },
    { kind: "malformed", keysSeen: [] },
  ] as const)("is in doubt from its arrival after any other answer (%o)", (failure) => {
    expect(failed(failure)).toMatchObject({ name: "in-doubt", settledAtMs: NOW + 1_000 + COMMIT_MS });
    const late = { nowMs: NOW + 7_000 };
    expect(failed(failure, late)).toMatchObject({ settledAtMs: NOW + TRANSIT_MS + COMMIT_MS });
  });

  it("is sent again only when the platform wants it again", () => {
    const soon = failed({ ...FAILED, retryAfterMs: 6_000 });
    expect(soon).toMatchObject({ settledAtMs: NOW + 3_000, resendAtMs: NOW + 7_000 });
    const search = { tries: 2, inVainAtMs: NOW + 3_000, nextAtMs: NOW };
    expect(step({ ...soon, search } as InDoubt, NOW + 3_000)).toEqual({ name: "wait", inMs: 4_000 });

    const later = failed({ ...FAILED, retryAfterMs: 60_000 });
    expect(step({ ...later, search } as InDoubt, NOW + 3_000)).toEqual({
      name: "stop",
      problem: { code: "upstream_unavailable", retryAfterMs: 58_000 },
      leave: { state: "pending", settledAtMs: NOW + 61_000 },
    });
  });

  it("is in doubt as long as any other of its scope, since one could be taken for the other", () => {
    const scopeSettledAtMs = NOW + 12_000;
    expect(failed(FAILED, { scopeSettledAtMs })).toMatchObject({
      settledAtMs: scopeSettledAtMs,
    });
  });

  it("is tried again once where it never left", () => {
    const again = failed({ kind: "unreachable" });
    expect(step(again)).toEqual({ name: "post" });
    const twice = afterFailedPost(
      again,
      { kind: "unreachable" },
      { startedAtMs: NOW, nowMs: NOW, scopeSettledAtMs: NOW, opensSession: false },
    );
    expect(step(twice)).toMatchObject({
      name: "stop",
      problem: { code: "upstream_unavailable", retryAfterMs: 2_000 },
      leave: { state: "unsent" },
    });
  });

  it.each([
    [{ kind: "circuit-open", retryAfterMs: 700 }, "upstream_unavailable", 700],
    [{ kind: "over-budget", retryAfterMs: 300 }, "upstream_unavailable", 300],
    [{ kind: "rate-limited", retryAfterMs: 9_000 }, "upstream_unavailable", 9_000],
    [{ kind: "rate-limited", retryAfterMs: null }, "upstream_unavailable", 1_000],
    [{ kind: "unauthorised", status: 403 }, "upstream_rejected", null],
    [{ kind: "refused", status: 422 }, "upstream_rejected", null],
    [{ kind: "refused", status: 409 }, "session_closed", null],
    [{ kind: "session-unknown" }, "session_not_found", null],
    [{ kind: "session-closed" }, "session_closed", null],
  ] as const)("is over with %o as %s, and may be sent again", (failure, code, retryAfterMs) => {
    expect(step(failed(failure))).toEqual({
      name: "stop",
      problem: { code, retryAfterMs },
      leave: { state: "unsent" },
    });
  });

  it("of a first message never speaks of its session", () => {
    for (const failure of [
      { kind: "session-unknown" },
      { kind: "session-closed" },
      { kind: "refused", status: 409 },
    ] as const) {
      expect(step(failed(failure, { opensSession: true }))).toMatchObject({
        problem: { code: "upstream_rejected" },
      });
    }
  });
});

describe("a doubt", () => {
  it("is searched at growing distances, and last when nothing can turn up any more", () => {
    let progress: SendProgress = inDoubt({ settledAtMs: NOW + 15_000 });
    const searchedAtMs: number[] = [];
    const allPages: boolean[] = [];
    let nowMs = NOW;
    for (let next = step(progress, nowMs); next.name === "search"; next = step(progress, nowMs)) {
      nowMs += next.inMs;
      searchedAtMs.push(nowMs - NOW);
      allPages.push(next.allPages);
      progress = afterVainSearch(next, nowMs, nowMs + 10);
      nowMs += 10;
    }
    expect(searchedAtMs).toEqual([0, 2_010, 6_020, 11_030, 15_000]);
    expect(allPages).toEqual([false, false, false, false, true]);
    expect(step(progress, nowMs)).toEqual({ name: "post" });
  });

  it("is not ended by a search that began too early, or failed", () => {
    const onePage = step(inDoubt(), NOW + 1_900);
    if (onePage.name !== "search") throw new Error(onePage.name);
    const early = afterVainSearch(onePage, NOW + 2_100, NOW + 2_200);
    expect(step(early, NOW + 2_200)).toMatchObject({ name: "search", allPages: true });
    const broken = afterFailedSearch(inDoubt(), FAILED, NOW + 2_100);
    expect(step(broken, NOW + 3_000)).toMatchObject({ name: "search" });
  });

  it("stays with the record where the time is up", () => {
    const progress = inDoubt({ settledAtMs: DEADLINE + 5_000 });
    expect(step(progress, DEADLINE)).toEqual({
      name: "stop",
      problem: { code: "upstream_timeout", retryAfterMs: null },
      leave: { state: "pending", settledAtMs: DEADLINE + 5_000 },
    });
  });

  it("is not answered with POST after POST", () => {
    const search = { tries: 1, inVainAtMs: NOW, nextAtMs: NOW };
    const settled = (posts: number) => inDoubt({ posts, settledAtMs: NOW, search });
    expect(step(settled(2))).toEqual({ name: "post" });
    expect(step(settled(3))).toMatchObject({ name: "stop", problem: { code: "upstream_unavailable" } });
    expect(step(settled(1), NOW, false)).toEqual({ name: "post" });
    expect(step(settled(2), NOW, false)).toMatchObject({ name: "stop", leave: { state: "pending" } });
  });

  it("of a first message is waited out, as there is no history to search", () => {
    expect(step(inDoubt(), NOW, false)).toEqual({ name: "wait", inMs: 2_000 });
    const tooLong = inDoubt({ settledAtMs: DEADLINE });
    expect(step(tooLong, NOW, false)).toMatchObject({ name: "stop", leave: { state: "pending" } });
  });

  it("ends with the session that it is in", () => {
    expect(step(afterFailedSearch(inDoubt(), { kind: "session-unknown" }, NOW))).toMatchObject({
      problem: { code: "session_not_found" },
      leave: { state: "pending" },
    });
  });

  it("waits for as long as the platform asks", () => {
    const asked = afterFailedSearch(inDoubt(), { kind: "rate-limited", retryAfterMs: 6_000 }, NOW);
    expect(step(asked)).toMatchObject({ name: "search", inMs: 6_000 });
  });

  it("is back where a message that was found belongs to another send", () => {
    const createdAt = "2026-05-01T12:00:00.000Z";
    const found = afterFoundMessage(inDoubt(), { id: "m1", author: "visitor", content: "ok", createdAt });
    if (found.name !== "on-platform") throw new Error(found.name);
    expect(step(found)).toMatchObject({ name: "record", message: { messageId: "m1" } });
    expect(step(afterTakenMessage(found, NOW))).toMatchObject({ name: "search", inMs: 2_000 });
  });
});

describe("a message that the platform took without naming it", () => {
  const accepted = afterAcceptedPost(
    UNSENT,
    { sessionPublicId: "s1", messageId: null, createdAt: null },
    { nowMs: NOW, opensSession: true },
  );

  it("is searched for and never sent again", () => {
    expect(accepted).toMatchObject({ name: "accepted", openedSession: "s1" });
    expect(step(accepted, NOW, false)).toMatchObject({ name: "search", match: "same-content" });
    expect(step(accepted, NOW + 3_000, false)).toMatchObject({ name: "search", match: "any" });
    expect(step(accepted, DEADLINE, false)).toMatchObject({
      name: "stop",
      leave: { state: "accepted", openedSession: "s1" },
    });
  });

  it("is searched for although its session does not show up at once", () => {
    if (accepted.name !== "accepted") throw new Error(accepted.name);
    const early = afterFailedSearch(accepted, { kind: "session-unknown" }, NOW);
    expect(step(early, NOW + 250, false)).toMatchObject({ name: "search" });
  });
});
