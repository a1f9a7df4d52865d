import { describe, expect, it } from "vitest";
import type { MailooFailure } from "../platform/errors.ts";
import {
  afterAcceptedPost,
  afterEmptySearch,
  afterFailedPost,
  afterFailedSearch,
  afterFoundMessage,
  afterTakenMessage,
  nextStep,
  type OutcomeUnknown,
  type SendState,
  startState,
  toSettlement,
  type Unsent,
} from "./send-machine.ts";
import type { ClaimedRecord } from "./store.ts";
import { COMMIT_MS, LOST_LEASE_MS, SETTLE_AFTER_ANSWER_MS, TRANSIT_MS } from "./timing.ts";

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

function start(of: ClaimedRecord, attempt: number, coveredForMs: number | null = null, waitedMs = 0) {
  return startState(of, { attempt, openedSession: null, coveredForMs, waitedMs, nowMs: NOW });
}

function step(state: SendState, nowMs = NOW, opensSession = false) {
  return nextStep(state, { nowMs, deadlineMs: DEADLINE, opensSession });
}

const FAILED = { kind: "server-error", status: 500, fromPlatform: true } as const;
const UNSENT: Unsent = { name: "unsent", posts: 0 };

function failed(failure: MailooFailure, overrides: Partial<Parameters<typeof afterFailedPost>[2]> = {}) {
  return afterFailedPost(UNSENT, failure, {
    startedAtMs: NOW,
    nowMs: NOW + 1_000,
    scopeSettledAtMs: NOW,
    opensSession: false,
    ...overrides,
  });
}

function outcomeUnknown(overrides: Partial<OutcomeUnknown> = {}): OutcomeUnknown {
  const search = { tries: 0, emptyAtMs: null, nextAtMs: NOW };
  const settledAtMs = overrides.settledAtMs ?? NOW + 2_000;
  return { name: "outcome-unknown", posts: 1, settledAtMs, repostAtMs: settledAtMs, search, ...overrides };
}

describe("a claimed send", () => {
  it("begins with a POST if nothing was tried before, or is certainly unsent", () => {
    expect(step(start(record(), 1))).toEqual({ name: "post", from: expect.anything() });
    expect(step(start(record({ state: "unsent" }), 7))).toEqual({ name: "post", from: expect.anything() });
    const busyScope = record({ settleInMs: 9_000 });
    expect(step(start(busyScope, 1))).toEqual({ name: "post", from: expect.anything() });
  });

  it("begins with a search if an earlier attempt may be on the platform", () => {
    for (const [state, attempt] of [
      ["pending", 1],
      ["pending", 2],
      ["new", 2],
    ] as const) {
      const started = start(record({ state }), attempt);
      expect(step(started)).toMatchObject({ name: "search", inMs: 0, match: "same-content" });
    }
  });

  it("counts an unrecorded attempt as just posted, unless all attempts are recorded", () => {
    const settledAtMs = (coveredForMs: number | null) => start(record(), 2, coveredForMs) as OutcomeUnknown;
    expect(settledAtMs(null).settledAtMs).toBe(NOW + COMMIT_MS);
    expect(settledAtMs(6_000).settledAtMs).toBe(NOW + COMMIT_MS - 6_000);
    expect(settledAtMs(60_000).settledAtMs).toBe(NOW);
  });

  it("counts a first attempt that has waited as a later one, if records were lost meanwhile", () => {
    const after = record({ after: "m1" });
    expect(start(after, 1, 0, LOST_LEASE_MS + 1)).toMatchObject({
      name: "outcome-unknown",
      settledAtMs: NOW + COMMIT_MS,
    });
    for (const started of [
      start(after, 1, 0, LOST_LEASE_MS),
      start(after, 1, null, 9_000),
      start(record(), 1, 0, 9_000),
    ])
      expect(started.name).toBe("unsent");
  });

  it("waits for unknown outcomes of its scope", () => {
    const state = start(record({ state: "pending", settleInMs: 9_000 }), 2);
    expect(state).toMatchObject({ name: "outcome-unknown", settledAtMs: NOW + 9_000 });
  });
});

describe("a POST that failed", () => {
  it("has an unknown outcome from its beginning if there was no answer", () => {
    expect(failed({ kind: "no-answer", timedOut: true })).toMatchObject({
      name: "outcome-unknown",
      posts: 1,
      settledAtMs: NOW + TRANSIT_MS + COMMIT_MS,
    });
  });

  it("has an unknown outcome for two seconds after the platform itself has answered that it failed", () => {
    expect(failed(FAILED)).toMatchObject({
      name: "outcome-unknown",
      settledAtMs: NOW + 1_000 + SETTLE_AFTER_ANSWER_MS,
    });
  });

  it.each([
    { kind: "server-error", status: 500 },
    { kind: "server-error", status: 502 },
    { kind: "server-error", status: 404 },
    { kind: "malformed", keysSeen: [] },
  ] as const)("has an unknown outcome from its arrival after any other answer (%o)", (failure) => {
    expect(failed(failure)).toMatchObject({ name: "outcome-unknown", settledAtMs: NOW + 1_000 + COMMIT_MS });
    const late = { nowMs: NOW + 7_000 };
    expect(failed(failure, late)).toMatchObject({ settledAtMs: NOW + TRANSIT_MS + COMMIT_MS });
  });

  it("is posted again only after the time that the platform asks for", () => {
    const soon = failed({ ...FAILED, retryAfterMs: 6_000 });
    expect(soon).toMatchObject({ settledAtMs: NOW + 3_000, repostAtMs: NOW + 7_000 });
    const search = { tries: 2, emptyAtMs: NOW + 3_000, nextAtMs: NOW };
    expect(step({ ...soon, search } as OutcomeUnknown, NOW + 3_000)).toEqual({ name: "wait", inMs: 4_000 });

    const later = failed({ ...FAILED, retryAfterMs: 60_000 });
    expect(step({ ...later, search } as OutcomeUnknown, NOW + 3_000)).toEqual({
      name: "stop",
      problem: { code: "upstream_unavailable", retryAfterMs: 58_000 },
      left: { ...later, search },
    });
  });

  it("has an unknown outcome as long as any other of its scope, because one could be taken for the other", () => {
    const scopeSettledAtMs = NOW + 12_000;
    expect(failed(FAILED, { scopeSettledAtMs })).toMatchObject({
      settledAtMs: scopeSettledAtMs,
    });
  });

  it("is posted again once if it never left", () => {
    const again = failed({ kind: "unreachable" });
    if (again.name !== "unsent") throw new Error(again.name);
    expect(step(again)).toEqual({ name: "post", from: expect.anything() });
    const twice = afterFailedPost(
      again,
      { kind: "unreachable" },
      { startedAtMs: NOW, nowMs: NOW, scopeSettledAtMs: NOW, opensSession: false },
    );
    expect(step(twice)).toMatchObject({
      name: "stop",
      problem: { code: "upstream_unavailable", retryAfterMs: 2_000 },
      left: { name: "unsent" },
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
  ] as const)("ends with %o as %s, and may be sent again", (failure, code, retryAfterMs) => {
    expect(step(failed(failure))).toEqual({
      name: "stop",
      problem: { code, retryAfterMs },
      left: { name: "unsent", posts: 1 },
    });
  });

  it("of a first message never names its session", () => {
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

describe("an unknown outcome", () => {
  it("is searched for at growing intervals, and last when nothing can appear any more", () => {
    let state: SendState = outcomeUnknown({ settledAtMs: NOW + 15_000 });
    const searchedAtMs: number[] = [];
    const allPages: boolean[] = [];
    let nowMs = NOW;
    for (let next = step(state, nowMs); next.name === "search"; next = step(state, nowMs)) {
      nowMs += next.inMs;
      searchedAtMs.push(nowMs - NOW);
      allPages.push(next.allPages);
      state = afterEmptySearch(next, nowMs, nowMs + 10);
      nowMs += 10;
    }
    expect(searchedAtMs).toEqual([0, 2_010, 6_020, 11_030, 15_000]);
    expect(allPages).toEqual([false, false, false, false, true]);
    expect(step(state, nowMs)).toEqual({ name: "post", from: expect.anything() });
  });

  it("is not ended by a search that began too early, or failed", () => {
    const onePage = step(outcomeUnknown(), NOW + 1_900);
    if (onePage.name !== "search") throw new Error(onePage.name);
    const early = afterEmptySearch(onePage, NOW + 2_100, NOW + 2_200);
    expect(step(early, NOW + 2_200)).toMatchObject({ name: "search", allPages: true });
    const broken = afterFailedSearch(outcomeUnknown(), FAILED, NOW + 2_100);
    expect(step(broken, NOW + 3_000)).toMatchObject({ name: "search" });
  });

  it("is left in the record when the time is up", () => {
    const state = outcomeUnknown({ settledAtMs: DEADLINE + 5_000 });
    expect(step(state, DEADLINE)).toEqual({
      name: "stop",
      problem: { code: "upstream_timeout", retryAfterMs: null },
      left: state,
    });
  });

  it("is followed by a few POSTs at most", () => {
    const search = { tries: 1, emptyAtMs: NOW, nextAtMs: NOW };
    const settled = (posts: number) => outcomeUnknown({ posts, settledAtMs: NOW, search });
    expect(step(settled(2))).toEqual({ name: "post", from: expect.anything() });
    expect(step(settled(3))).toMatchObject({ name: "stop", problem: { code: "upstream_unavailable" } });
    expect(step(settled(1), NOW, true)).toEqual({ name: "post", from: expect.anything() });
    expect(step(settled(2), NOW, true)).toMatchObject({ name: "stop", left: { name: "outcome-unknown" } });
  });

  it("of a first message is waited out, because there is no history to search", () => {
    expect(step(outcomeUnknown(), NOW, true)).toEqual({ name: "wait", inMs: 2_000 });
    const tooLong = outcomeUnknown({ settledAtMs: DEADLINE });
    expect(step(tooLong, NOW, true)).toMatchObject({ name: "stop", left: { name: "outcome-unknown" } });
  });

  it("ends with its session", () => {
    expect(step(afterFailedSearch(outcomeUnknown(), { kind: "session-unknown" }, NOW))).toMatchObject({
      problem: { code: "session_not_found" },
      left: { name: "outcome-unknown" },
    });
  });

  it("waits for as long as the platform asks", () => {
    const asked = afterFailedSearch(outcomeUnknown(), { kind: "rate-limited", retryAfterMs: 6_000 }, NOW);
    expect(step(asked)).toMatchObject({ name: "search", inMs: 6_000 });
  });

  it("is kept if the message that was found belongs to another send", () => {
    const createdAt = "2026-05-01T12:00:00.000Z";
    const found = afterFoundMessage(outcomeUnknown(), {
      id: "m1",
      author: "visitor",
      content: "ok",
      createdAt,
    });
    if (found.name !== "on-platform") throw new Error(found.name);
    expect(step(found)).toMatchObject({ name: "record", message: { messageId: "m1" } });
    expect(step(afterTakenMessage(found, NOW))).toMatchObject({ name: "search", inMs: 2_000 });
  });
});

describe("a message that the platform accepted without an id", () => {
  const accepted = afterAcceptedPost(
    UNSENT,
    { sessionPublicId: "s1", messageId: null, createdAt: null },
    { nowMs: NOW, opensSession: true },
  );

  it("is searched for and never sent again", () => {
    expect(accepted).toMatchObject({ name: "accepted", openedSession: "s1" });
    expect(step(accepted, NOW, true)).toMatchObject({ name: "search", match: "same-content" });
    expect(step(accepted, NOW + 3_000, true)).toMatchObject({ name: "search", match: "any" });
    expect(step(accepted, DEADLINE, true)).toMatchObject({
      name: "stop",
      left: { name: "accepted", openedSession: "s1" },
    });
  });

  it("is searched for although its session does not appear at once", () => {
    if (accepted.name !== "accepted") throw new Error(accepted.name);
    const early = afterFailedSearch(accepted, { kind: "session-unknown" }, NOW);
    expect(step(early, NOW + 250, true)).toMatchObject({ name: "search" });
  });
});

describe("the record that is left for the next attempt", () => {
  const left = (state: SendState) => toSettlement(state, NOW, (session) => `sealed ${session}`);

  it("is unsent, or pending until the outcome is settled and the platform may be asked again", () => {
    expect(left(UNSENT)).toEqual({ state: "unsent", sealedSession: null, settleInMs: 0 });
    const unknown = outcomeUnknown({ settledAtMs: NOW + 2_000, repostAtMs: NOW + 9_000 });
    const pending = { state: "pending", sealedSession: null, settleInMs: 9_000 };
    expect(left(unknown)).toEqual(pending);
    const stopped = step({
      ...unknown,
      settledAtMs: DEADLINE,
      search: { ...unknown.search, nextAtMs: DEADLINE },
    });
    if (stopped.name !== "stop") throw new Error(stopped.name);
    expect(left(stopped)).toEqual({ ...pending, settleInMs: 20_000 });
    expect(left(outcomeUnknown({ settledAtMs: NOW - 1 }))).toEqual({ ...pending, settleInMs: 0 });
  });

  it("is accepted if the platform has taken the message, with the session that it opened", () => {
    const sent = { sessionPublicId: "s1", createdAt: null };
    for (const messageId of [null, "m1"]) {
      const opened = afterAcceptedPost(UNSENT, { ...sent, messageId }, { nowMs: NOW, opensSession: true });
      expect(left(opened)).toEqual({ state: "accepted", sealedSession: "sealed s1", settleInMs: 0 });
      const inSession = afterAcceptedPost(
        UNSENT,
        { ...sent, messageId },
        { nowMs: NOW, opensSession: false },
      );
      expect(left(inSession)).toEqual({ state: "accepted", sealedSession: null, settleInMs: 0 });
    }
  });
});
