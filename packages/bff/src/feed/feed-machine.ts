import { assertNever, type RetrySchedule, retryDelayMs, UPSTREAM_SCHEDULE } from "@mailoo-chat/protocol";
import type { MailooFailure } from "../platform/errors.ts";

/**
 * Decides when a feed connects, syncs, waits and ends. Pure: an event and the time go in, the next state and the effects
 * come out. `feed.ts` runs the effects and decides nothing.
 *
 * The platform's history is the truth; its socket only saves time. Every (re)connect is followed by a full sync, each pushed
 * message by one a little later, and a socket that looks healthy is verified periodically. Between full syncs, delta syncs
 * request only what is newer than everything known. Periodically a full sync replaces a delta sync, to find messages that
 * appeared late.
 */
export interface FeedMachine {
  readonly phase: FeedPhase;
  /** Null: the socket is not open. */
  readonly openSinceMs: number | null;
  /** Consecutive connections that could not be opened, or did not last. */
  readonly lostConnections: number;
  readonly sync: SyncPhase;
  /** A full sync has succeeded since the socket last opened or closed. Only messages that appear late can be missing. */
  readonly caughtUp: boolean;
  /** Consecutive syncs that failed. */
  readonly failures: number;
  /** The last sync failed because the platform did not know the session. */
  readonly missing: boolean;
  readonly fullSyncAtMs: number;
  /** Consecutive change hints that announced nothing. */
  readonly fruitlessHints: number;
  /** Time of the last activity in the session. */
  readonly activeAtMs: number;
  readonly syncedAtMs: number;
}

type FeedPhase =
  | { readonly name: "dormant" }
  | { readonly name: "subscribed" }
  /** Without subscribers, but kept for a while in case one returns. */
  | { readonly name: "lingering" }
  | { readonly name: "ended"; readonly reason: FeedEnd };

/** `session-unknown`: the platform does not know it. `closed`: the platform ended it. */
export type FeedEnd = "session-unknown" | "closed";

type SyncPhase =
  | { readonly name: "idle" }
  | { readonly name: "due"; readonly atMs: number; readonly full: boolean }
  | { readonly name: "running"; readonly full: boolean; readonly next: FollowUp };

/**
 * What follows a running sync. `again`: the sync may have missed recent changes. `confirm`: a message was pushed during the
 * sync, and a full sync must confirm it.
 */
type FollowUp = "nothing" | "confirm" | "again";

export type FeedEvent =
  /** The first subscriber came, or the last one left. */
  | { readonly type: "subscribed" }
  | { readonly type: "unsubscribed" }
  | { readonly type: "linger-due" }
  | { readonly type: "connect-due" }
  | { readonly type: "opened" }
  | { readonly type: "closed" }
  /** `confirmNow`: cursors are close to their limit of unconfirmed messages. */
  | { readonly type: "pushed"; readonly confirmNow: boolean }
  | { readonly type: "hinted" }
  | { readonly type: "sync-due" }
  /** `news`: it found something unknown. `resumed`: it continued after a failure, and may have missed late messages. */
  | { readonly type: "synced"; readonly news: boolean; readonly resumed: boolean }
  | { readonly type: "sync-paused" }
  /** `known`: the evidence that the session existed: a full sync, or only a subscriber's cursor. */
  | {
      readonly type: "sync-failed";
      readonly failure: MailooFailure;
      readonly known: "synced" | "cursor" | "no";
    };

export type FeedEffect =
  | { readonly type: "connect" }
  | { readonly type: "sync"; readonly full: boolean; readonly urgent: boolean }
  | { readonly type: "set-timer"; readonly timer: FeedTimer; readonly inMs: number }
  | { readonly type: "clear-timer"; readonly timer: FeedTimer }
  /** Everything stops. `reason` is null if the feed is no longer needed. */
  | { readonly type: "stop"; readonly reason: FeedEnd | null };

export type FeedTimer = "connect" | "sync" | "linger";

/** Clock and randomness, read by the caller. `random` is uniform in [0, 1). */
export interface Moment {
  readonly nowMs: number;
  readonly random: number;
}

export type FeedPolicy = Readonly<typeof FEED_POLICY>;

export const FEED_POLICY = {
  /** `auto`: the socket, with polling as the fallback. `ws`: the socket, with rare polls. `poll`: no socket. */
  upstream: "auto" as "auto" | "ws" | "poll",
  lingerMs: 30_000,
  /** How long the first sync waits for the socket: if it opens in time, one sync serves both. */
  firstSyncMs: 150,
  /** Poll interval without a socket, if something happened in the session within the last minute, … */
  pollActiveMs: 1_000,
  /** … within the last five minutes, … */
  pollQuietMs: 5_000,
  /** … or longer ago. */
  pollIdleMs: 15_000,
  /** How often an open socket is verified, if something happened in the session within the last five minutes, … */
  verifyActiveMs: 20_000,
  /** … or longer ago. */
  verifyIdleMs: 60_000,
  /** How soon a full sync confirms a pushed message. */
  confirmMs: 3_000,
};

const ACTIVE_FOR_MS = 60_000;
const QUIET_AFTER_MS = 5 * 60_000;
/** A socket that was open for less does not reset the backoff. */
const MIN_UPTIME_MS = 10_000;
/** Minimum time between two periodic full syncs. At least one delta sync runs in between. */
const FULL_SYNC_EVERY_MS = 4_000;
/** Frames of unknown kinds may be heartbeats of the platform, so each hint that announces nothing increases the delay. */
const HINT_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 10_000 };
/**
 * A session with subscribers is synced within seconds after an outage of any length. The circuit breaker blocks most of
 * these attempts before they reach the network.
 */
const SUBSCRIBED_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 5_000 };
/** A refusal is unlikely to change within a second. */
const REFUSED_SCHEDULE: RetrySchedule = { baseMs: 2_500, maxMs: 15_000 };
/** Delay before an unknown session is requested once more. */
const RETRY_MISSING_MS = 1_000;
/** A sync that is too long for one run pauses for this time, so that other sessions can proceed. */
const PAUSE_MS = 50;

export const DORMANT: FeedMachine = {
  phase: { name: "dormant" },
  openSinceMs: null,
  lostConnections: 0,
  sync: { name: "idle" },
  caughtUp: false,
  failures: 0,
  missing: false,
  fullSyncAtMs: Number.NEGATIVE_INFINITY,
  fruitlessHints: 0,
  activeAtMs: Number.NEGATIVE_INFINITY,
  syncedAtMs: Number.NEGATIVE_INFINITY,
};

type Transition = readonly [FeedMachine, readonly FeedEffect[]];

export function transition(
  machine: FeedMachine,
  event: FeedEvent,
  moment: Moment,
  policy: FeedPolicy,
): Transition {
  const { phase } = machine;
  if (phase.name === "ended" || (phase.name === "dormant" && event.type !== "subscribed"))
    return [machine, []];
  switch (event.type) {
    case "subscribed":
      return phase.name === "dormant" ? start(moment, policy) : resubscribe(machine, moment);
    case "unsubscribed":
      return [
        { ...machine, phase: { name: "lingering" } },
        [{ type: "set-timer", timer: "linger", inMs: policy.lingerMs }],
      ];
    case "linger-due":
      return phase.name === "lingering" ? [DORMANT, [{ type: "stop", reason: null }]] : [machine, []];
    case "connect-due":
      return [machine, [{ type: "connect" }]];
    case "opened":
      return requestSync({ ...machine, openSinceMs: moment.nowMs, caughtUp: false }, moment, 0, true);
    case "closed":
      return afterClose(machine, moment, policy);
    case "pushed": {
      const active = { ...machine, activeAtMs: moment.nowMs };
      return requestSync(active, moment, event.confirmNow ? 0 : policy.confirmMs, true);
    }
    case "hinted": {
      const sinceSyncMs = moment.nowMs - machine.syncedAtMs;
      const restMs = retryDelayMs(HINT_SCHEDULE, machine.fruitlessHints, 1);
      const inMs = machine.fruitlessHints === 0 ? 0 : Math.max(0, restMs - sinceSyncMs);
      return requestSync({ ...machine, fruitlessHints: machine.fruitlessHints + 1 }, moment, inMs, false);
    }
    case "sync-due":
      return runSync(machine, machine.sync.name === "due" && machine.sync.full, moment);
    case "synced":
      return afterSync(machine, event, moment, policy);
    case "sync-paused":
      return requestSync({ ...machine, sync: { name: "idle" } }, moment, PAUSE_MS, isFullSync(machine));
    case "sync-failed":
      return afterFailure(machine, event, moment);
    default:
      return assertNever(event);
  }
}

/** The state of a feed for the metrics. */
export type FeedMode = "dormant" | "live" | "polling" | "backing-off" | "ended";

export function toMode({ phase, openSinceMs, failures }: FeedMachine): FeedMode {
  if (phase.name === "ended" || phase.name === "dormant") return phase.name;
  if (openSinceMs !== null) return "live";
  return failures > 0 ? "backing-off" : "polling";
}

/** How long pushed messages wait for the sync that catches up after a connect, so that the order is kept. */
export function holdForMs({ caughtUp, openSinceMs }: FeedMachine, nowMs: number): number {
  return caughtUp || openSinceMs === null ? 0 : Math.max(0, openSinceMs + HOLD_MS - nowMs);
}

export const HOLD_MS = 10_000;

function start(moment: Moment, policy: FeedPolicy): Transition {
  const connects = policy.upstream !== "poll";
  const machine: FeedMachine = { ...DORMANT, phase: { name: "subscribed" }, activeAtMs: moment.nowMs };
  const [next, effects] = requestSync(machine, moment, connects ? policy.firstSyncMs : 0, true);
  return [next, connects ? [{ type: "connect" }, ...effects] : effects];
}

/**
 * A subscriber came back to a lingering feed. Without a socket it was polled rarely, so it is synced at once. This does not
 * count as activity: every long poll would otherwise keep its session at the shortest poll interval.
 */
function resubscribe(machine: FeedMachine, moment: Moment): Transition {
  const subscribed: FeedMachine = { ...machine, phase: { name: "subscribed" } };
  const stay: FeedEffect = { type: "clear-timer", timer: "linger" };
  if (machine.openSinceMs !== null || machine.failures > 0) return [subscribed, [stay]];
  const [next, effects] = requestSync(subscribed, moment, 0, false);
  return [next, [stay, ...effects]];
}

function afterClose(machine: FeedMachine, moment: Moment, policy: FeedPolicy): Transition {
  const { openSinceMs } = machine;
  const wasOpen = openSinceMs !== null;
  const wasStable = wasOpen && moment.nowMs - openSinceMs >= MIN_UPTIME_MS;
  const lostConnections = wasStable ? 1 : machine.lostConnections + 1;
  const caughtUp = machine.caughtUp && !wasOpen;
  const closed: FeedMachine = { ...machine, openSinceMs: null, lostConnections, caughtUp };
  const reconnect: FeedEffect = {
    type: "set-timer",
    timer: "connect",
    inMs: retryDelayMs(UPSTREAM_SCHEDULE, lostConnections, moment.random),
  };
  // The first sync has waited for this connection and starts now. Other syncs are spread out, because a restart of the
  // platform closes all sockets at once.
  const isFirst = machine.syncedAtMs === Number.NEGATIVE_INFINITY && machine.failures === 0;
  const inMs = isFirst ? 0 : moment.random * pollIntervalMs(closed, moment.nowMs, policy);
  const isUnderWay = machine.failures > 0 || (isFirst && machine.sync.name === "running");
  const [next, effects]: Transition = isUnderWay
    ? [closed, []]
    : requestSync(closed, moment, inMs, wasOpen || isFirst);
  return [next, [reconnect, ...effects]];
}

function afterSync(
  machine: FeedMachine,
  { news, resumed }: Extract<FeedEvent, { type: "synced" }>,
  moment: Moment,
  policy: FeedPolicy,
): Transition {
  const full = isFullSync(machine);
  const next: FollowUp = machine.sync.name === "running" ? machine.sync.next : "nothing";
  const synced: FeedMachine = {
    ...machine,
    sync: { name: "idle" },
    caughtUp: machine.caughtUp || (full && next !== "again"),
    failures: 0,
    missing: false,
    fullSyncAtMs: full ? moment.nowMs : machine.fullSyncAtMs,
    fruitlessHints: news ? 0 : machine.fruitlessHints,
    activeAtMs: news ? moment.nowMs : machine.activeAtMs,
    syncedAtMs: moment.nowMs,
  };
  if (next === "again") return requestSync(synced, moment, 0, true);
  if (next === "confirm" || resumed || (news && !full))
    return requestSync(synced, moment, policy.confirmMs, true);
  const spread = 0.75 + 0.5 * moment.random;
  return requestSync(synced, moment, pollIntervalMs(synced, moment.nowMs, policy) * spread, false);
}

function afterFailure(
  machine: FeedMachine,
  { failure, known }: Extract<FeedEvent, { type: "sync-failed" }>,
  moment: Moment,
): Transition {
  const missing = failure.kind === "session-unknown" || failure.kind === "session-closed";
  // A known session is requested twice before it ends, so that a single wrong answer does not end the conversation.
  if (missing && (machine.missing || known === "no")) {
    const isClosed = failure.kind === "session-closed" || known === "synced";
    const reason: FeedEnd = isClosed ? "closed" : "session-unknown";
    return [{ ...machine, phase: { name: "ended", reason } }, [{ type: "stop", reason }]];
  }
  const failures = machine.failures + 1;
  const failed: FeedMachine = { ...machine, sync: { name: "idle" }, failures, missing };
  const inMs = missing ? RETRY_MISSING_MS : retryInMs(failure, failed, moment.random);
  return requestSync(failed, moment, inMs, isFullSync(machine));
}

function retryInMs(failure: MailooFailure, { phase, failures }: FeedMachine, random: number): number {
  const schedule = phase.name === "subscribed" ? SUBSCRIBED_SCHEDULE : UPSTREAM_SCHEDULE;
  switch (failure.kind) {
    case "rate-limited":
    case "circuit-open":
    case "over-budget":
      return retryDelayMs(schedule, failures, random, failure.retryAfterMs ?? 1_000);
    case "unauthorised":
    case "refused":
      return retryDelayMs(REFUSED_SCHEDULE, failures, random);
    default:
      return retryDelayMs(schedule, failures, random);
  }
}

/** Delay until the next sync, unless an event triggers one earlier. */
function pollIntervalMs(machine: FeedMachine, nowMs: number, policy: FeedPolicy): number {
  const quietForMs =
    machine.phase.name === "lingering" ? Number.POSITIVE_INFINITY : nowMs - machine.activeAtMs;
  const isIdle = quietForMs >= QUIET_AFTER_MS;
  if (machine.openSinceMs !== null) return isIdle ? policy.verifyIdleMs : policy.verifyActiveMs;
  if (policy.upstream === "ws") return isIdle ? policy.verifyIdleMs : policy.pollQuietMs;
  if (quietForMs < ACTIVE_FOR_MS) return policy.pollActiveMs;
  return isIdle ? policy.pollIdleMs : policy.pollQuietMs;
}

/** Makes sure that a sync runs within `inMs`, and that it is a full sync if requested. */
function requestSync(machine: FeedMachine, moment: Moment, inMs: number, full: boolean): Transition {
  const { sync } = machine;
  if (sync.name === "running") {
    const next: FollowUp = inMs === 0 ? "again" : sync.next === "again" || !full ? sync.next : "confirm";
    return [{ ...machine, sync: { ...sync, next } }, []];
  }
  const dueAtMs = moment.nowMs + inMs;
  const wantsFull = full || (sync.name === "due" && sync.full);
  if (sync.name === "due" && sync.atMs <= dueAtMs) {
    return [{ ...machine, sync: { ...sync, full: wantsFull } }, []];
  }
  if (inMs === 0) {
    const [next, effects] = runSync(machine, wantsFull, moment);
    return [next, [{ type: "clear-timer", timer: "sync" }, ...effects]];
  }
  const due: SyncPhase = { name: "due", atMs: dueAtMs, full: wantsFull };
  return [{ ...machine, sync: due }, [{ type: "set-timer", timer: "sync", inMs }]];
}

function runSync(machine: FeedMachine, wantsFull: boolean, moment: Moment): Transition {
  const wasDelta = machine.syncedAtMs > machine.fullSyncAtMs;
  const isFullDue = wasDelta && moment.nowMs - machine.fullSyncAtMs >= FULL_SYNC_EVERY_MS;
  const full = wantsFull || !machine.caughtUp || isFullDue;
  const isActive = moment.nowMs - machine.activeAtMs < ACTIVE_FOR_MS;
  const urgent = machine.phase.name === "subscribed" && (!machine.caughtUp || isActive);
  return [{ ...machine, sync: { name: "running", full, next: "nothing" } }, [{ type: "sync", full, urgent }]];
}

function isFullSync({ sync }: FeedMachine): boolean {
  return sync.name === "running" && sync.full;
}
