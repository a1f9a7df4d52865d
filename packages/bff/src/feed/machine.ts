import { assertNever, type RetrySchedule, retryDelayMs, UPSTREAM_SCHEDULE } from "@mailoo-chat/protocol";
import type { MailooFailure } from "../platform/errors.ts";

/**
 * When a feed dials, lists, waits and ends. Pure: what happened and a moment go in, the next state and what to do come
 * out. The shell in `feed.ts` carries the effects out and decides nothing.
 *
 * The history is the truth, the socket only gives change hints: every (re)connect is followed by a thorough listing, a message that
 * was pushed by one a little later, and even a socket that looks well is now and then doubted. Between thorough
 * listings, quick looks ask only for what is newer than everything known; now and then a thorough one takes a look's place,
 * for what came late.
 */
export interface FeedMachine {
  readonly phase: FeedPhase;
  readonly socket: SocketPhase;
  readonly listing: ListingPhase;
  /** A thorough listing has ended well since the socket last opened or closed: nothing but late messages can be missing. */
  readonly caughtUp: boolean;
  /** Listings failed in a row. */
  readonly failures: number;
  /** The last one failed because the platform did not know the session. */
  readonly missing: boolean;
  /** Looks since the last thorough listing, and when that was. */
  readonly looks: number;
  readonly thoroughAtMs: number;
  /** Change hints in a row that announced nothing. */
  readonly falseAlarms: number;
  /** Last time that something happened in the session. */
  readonly activeAtMs: number;
  readonly listedAtMs: number;
}

export type FeedPhase =
  | { readonly name: "dormant" }
  | { readonly name: "followed" }
  /** Nobody reads; kept for a while, in case somebody comes back. */
  | { readonly name: "lingering" }
  | { readonly name: "ended"; readonly reason: FeedEnd };

export type SocketPhase =
  | { readonly name: "closed"; readonly attempt: number }
  | { readonly name: "dialling"; readonly attempt: number }
  | { readonly name: "open"; readonly attempt: number; readonly sinceMs: number };

export type ListingPhase =
  | { readonly name: "idle" }
  | { readonly name: "due"; readonly atMs: number; readonly thorough: boolean }
  | { readonly name: "running"; readonly thorough: boolean; readonly next: FollowUp };

/** What is to follow a running listing: what happened meanwhile may have escaped it, or only wants to be confirmed. */
export type FollowUp = "nothing" | "confirm" | "again";

export type FeedEvent =
  | { readonly type: "joined" }
  | { readonly type: "left" }
  | { readonly type: "linger-due" }
  | { readonly type: "dial-due" }
  | { readonly type: "opened" }
  | { readonly type: "closed" }
  /** `crowded`: more unconfirmed messages than cursors like to carry. */
  | { readonly type: "heard"; readonly crowded: boolean }
  | { readonly type: "rang" }
  | { readonly type: "listing-due" }
  /** `news`: it brought what was not known. `resumed`: it had failed midway, and something may have come in behind it. */
  | { readonly type: "listed"; readonly news: boolean; readonly resumed: boolean }
  | { readonly type: "listing-paused" }
  /** `known`: the session has been there before; whether this feed has listed it, or only its reader has a cursor. */
  | {
      readonly type: "listing-failed";
      readonly failure: MailooFailure;
      readonly known: "listed" | "told" | "no";
    };

export type FeedEffect =
  | { readonly type: "dial" }
  | { readonly type: "hang-up" }
  | { readonly type: "list"; readonly thorough: boolean; readonly urgent: boolean }
  | { readonly type: "wake"; readonly timer: FeedTimer; readonly inMs: number }
  | { readonly type: "sleep"; readonly timer: FeedTimer }
  /** Everything stops. `reason` is null where nobody needed the feed any more. */
  | { readonly type: "stop"; readonly reason: FeedEnd | null };

export type FeedTimer = "dial" | "listing" | "linger";

/** The clock and the dice, drawn outside. `random` is evenly drawn from [0, 1). */
export interface Moment {
  readonly nowMs: number;
  readonly random: number;
}

export interface FeedPolicy {
  /** `auto`: the socket, and polling while there is none. `ws`: the socket, and few polls. `poll`: no socket. */
  readonly upstream: "auto" | "ws" | "poll";
  readonly lingerMs: number;
  /** How long the first listing waits for the socket: where it opens in time, one listing does for both. */
  readonly firstListingMs: number;
  /** Without a socket: how often a session is asked for in which something happened within the last minute, … */
  readonly pollActiveMs: number;
  /** … within the last five minutes, … */
  readonly pollQuietMs: number;
  /** … or longer ago. */
  readonly pollIdleMs: number;
  /** With a socket: how often it is doubted in a session in which something happened within the last five minutes, … */
  readonly doubtActiveMs: number;
  /** … or longer ago. */
  readonly doubtIdleMs: number;
  /** How soon after a pushed message a listing confirms it. */
  readonly confirmMs: number;
}

export const FEED_POLICY: FeedPolicy = {
  upstream: "auto",
  lingerMs: 30_000,
  firstListingMs: 150,
  pollActiveMs: 1_000,
  pollQuietMs: 5_000,
  pollIdleMs: 15_000,
  doubtActiveMs: 20_000,
  doubtIdleMs: 60_000,
  confirmMs: 3_000,
};

const ACTIVE_FOR_MS = 60_000;
const QUIET_AFTER_MS = 5 * 60_000;
/** A socket open for less has not proven itself, and does not reset the backoff. */
const MIN_UPTIME_MS = 10_000;
/** At least one look lies between two thorough listings that nothing calls for, and this time. */
const THOROUGH_EVERY_MS = 4_000;
/** Unknown frames may be the platform's own heartbeats: change hints that announce nothing are answered ever less eagerly. */
const ALARM_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 10_000 };
/**
 * A session that somebody reads is asked for again within seconds of the platform's return, however long it was away: the
 * circuit breaker keeps most of these questions from the wire.
 */
const FOLLOWED_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 5_000 };
/** A refusal is not trouble that passes by itself in a second. */
const REFUSED_SCHEDULE: RetrySchedule = { baseMs: 2_500, maxMs: 15_000 };
/** Between two questions for a session that seems to be gone. */
const ASK_AGAIN_MS = 1_000;
/** How a listing too long for one go makes room for others. */
const PAUSE_MS = 50;

export const DORMANT: FeedMachine = {
  phase: { name: "dormant" },
  socket: { name: "closed", attempt: 0 },
  listing: { name: "idle" },
  caughtUp: false,
  failures: 0,
  missing: false,
  looks: 0,
  thoroughAtMs: Number.NEGATIVE_INFINITY,
  falseAlarms: 0,
  activeAtMs: Number.NEGATIVE_INFINITY,
  listedAtMs: Number.NEGATIVE_INFINITY,
};

type Transition = readonly [FeedMachine, readonly FeedEffect[]];

export function transition(
  machine: FeedMachine,
  event: FeedEvent,
  moment: Moment,
  policy: FeedPolicy,
): Transition {
  const { phase } = machine;
  if (phase.name === "ended" || (phase.name === "dormant" && event.type !== "joined")) return [machine, []];
  switch (event.type) {
    case "joined":
      return phase.name === "dormant" ? start(moment, policy) : rejoin(machine, moment);
    case "left":
      return [
        { ...machine, phase: { name: "lingering" } },
        [{ type: "wake", timer: "linger", inMs: policy.lingerMs }],
      ];
    case "linger-due":
      return phase.name === "lingering" ? [DORMANT, [{ type: "stop", reason: null }]] : [machine, []];
    case "dial-due":
      return [
        { ...machine, socket: { name: "dialling", attempt: machine.socket.attempt } },
        [{ type: "dial" }],
      ];
    case "opened": {
      const socket: SocketPhase = { name: "open", attempt: machine.socket.attempt, sinceMs: moment.nowMs };
      return requestListing({ ...machine, socket, caughtUp: false }, moment, 0, true);
    }
    case "closed":
      return afterClose(machine, moment, policy);
    case "heard": {
      const active = { ...machine, activeAtMs: moment.nowMs };
      return requestListing(active, moment, event.crowded ? 0 : policy.confirmMs, true);
    }
    case "rang": {
      const sinceListedMs = moment.nowMs - machine.listedAtMs;
      const restMs = retryDelayMs(ALARM_SCHEDULE, machine.falseAlarms, 1);
      const inMs = machine.falseAlarms === 0 ? 0 : Math.max(0, restMs - sinceListedMs);
      return requestListing({ ...machine, falseAlarms: machine.falseAlarms + 1 }, moment, inMs, false);
    }
    case "listing-due":
      return runListing(machine, machine.listing.name === "due" && machine.listing.thorough, moment);
    case "listed":
      return afterListing(machine, event, moment, policy);
    case "listing-paused":
      return requestListing({ ...machine, listing: { name: "idle" } }, moment, PAUSE_MS, isThorough(machine));
    case "listing-failed":
      return afterFailure(machine, event, moment);
    default:
      return assertNever(event);
  }
}

/** What others see of a feed. */
export function toFeedState({ phase, socket, failures }: FeedMachine): FeedState {
  if (phase.name === "ended") return phase;
  if (phase.name === "dormant") return { name: "dormant" };
  if (socket.name === "open") return { name: "live" };
  return failures > 0 ? { name: "backing-off", attempt: failures } : { name: "polling" };
}

/** While a listing catches up with a fresh connection, what is pushed waits for it, so that order holds. */
export function isHolding(machine: FeedMachine): boolean {
  return !machine.caughtUp && machine.socket.name === "open";
}

function start(moment: Moment, policy: FeedPolicy): Transition {
  const dials = policy.upstream !== "poll";
  const machine: FeedMachine = {
    ...DORMANT,
    phase: { name: "followed" },
    socket: dials ? { name: "dialling", attempt: 0 } : DORMANT.socket,
    activeAtMs: moment.nowMs,
  };
  const [next, effects] = requestListing(machine, moment, dials ? policy.firstListingMs : 0, true);
  return [next, dials ? [{ type: "dial" }, ...effects] : effects];
}

/**
 * Somebody came back before the feed was given up. What was polled rarely meanwhile is asked for at once; but it is no
 * activity, or every long poll would keep its session at the fastest pace.
 */
function rejoin(machine: FeedMachine, moment: Moment): Transition {
  const followed: FeedMachine = { ...machine, phase: { name: "followed" } };
  const awake: FeedEffect = { type: "sleep", timer: "linger" };
  if (machine.socket.name === "open" || machine.failures > 0) return [followed, [awake]];
  const [next, effects] = requestListing(followed, moment, 0, false);
  return [next, [awake, ...effects]];
}

function afterClose(machine: FeedMachine, moment: Moment, policy: FeedPolicy): Transition {
  const { socket } = machine;
  const proven = socket.name === "open" && moment.nowMs - socket.sinceMs >= MIN_UPTIME_MS;
  const attempt = proven ? 1 : socket.attempt + 1;
  const wasOpen = socket.name === "open";
  const closed: FeedMachine = {
    ...machine,
    socket: { name: "closed", attempt },
    caughtUp: machine.caughtUp && !wasOpen,
  };
  const redial: FeedEffect = {
    type: "wake",
    timer: "dial",
    inMs: retryDelayMs(UPSTREAM_SCHEDULE, attempt, moment.random),
  };
  // Where the first listing waits for this dial, it need not wait longer; otherwise spread out, since a platform that
  // restarts closes all sockets at once.
  const first = machine.listedAtMs === Number.NEGATIVE_INFINITY && machine.failures === 0;
  const inMs = first ? 0 : moment.random * pollMs(closed, moment.nowMs, policy);
  const underWay = machine.failures > 0 || (first && machine.listing.name === "running");
  const [next, effects] = underWay ? keep(closed) : requestListing(closed, moment, inMs, wasOpen || first);
  return [next, [redial, ...effects]];
}

function afterListing(
  machine: FeedMachine,
  { news, resumed }: Extract<FeedEvent, { type: "listed" }>,
  moment: Moment,
  policy: FeedPolicy,
): Transition {
  const thorough = isThorough(machine);
  const next: FollowUp = machine.listing.name === "running" ? machine.listing.next : "nothing";
  const listed: FeedMachine = {
    ...machine,
    listing: { name: "idle" },
    caughtUp: machine.caughtUp || (thorough && next !== "again"),
    failures: 0,
    missing: false,
    looks: thorough ? 0 : machine.looks + 1,
    thoroughAtMs: thorough ? moment.nowMs : machine.thoroughAtMs,
    falseAlarms: news ? 0 : machine.falseAlarms,
    activeAtMs: news ? moment.nowMs : machine.activeAtMs,
    listedAtMs: moment.nowMs,
  };
  if (next === "again") return requestListing(listed, moment, 0, true);
  if (next === "confirm" || resumed || (news && !thorough))
    return requestListing(listed, moment, policy.confirmMs, true);
  const spread = 0.75 + 0.5 * moment.random;
  return requestListing(listed, moment, pollMs(listed, moment.nowMs, policy) * spread, false);
}

function afterFailure(
  machine: FeedMachine,
  { failure, known }: Extract<FeedEvent, { type: "listing-failed" }>,
  moment: Moment,
): Transition {
  const missing = failure.kind === "session-unknown" || failure.kind === "session-closed";
  // A session that was there is not given up for one glitch: its visitor would lose the conversation.
  if (missing && (machine.missing || known === "no")) {
    const isClosed = failure.kind === "session-closed" || known === "listed";
    const reason: FeedEnd = isClosed ? "closed" : "session-unknown";
    return [{ ...machine, phase: { name: "ended", reason } }, [{ type: "stop", reason }]];
  }
  const failures = machine.failures + 1;
  const failed: FeedMachine = { ...machine, listing: { name: "idle" }, failures, missing };
  const inMs = missing ? ASK_AGAIN_MS : retryInMs(failure, failed, moment.random);
  return requestListing(failed, moment, inMs, isThorough(machine));
}

function retryInMs(failure: MailooFailure, { phase, failures }: FeedMachine, random: number): number {
  const schedule = phase.name === "followed" ? FOLLOWED_SCHEDULE : UPSTREAM_SCHEDULE;
  switch (failure.kind) {
    case "rate-limited":
    case "circuit-open":
    case "over-budget":
      return retryDelayMs(schedule, failures, random, failure.retryAfterMs ?? 1_000);
    case "unauthorised":
    case "refused":
      return retryDelayMs(REFUSED_SCHEDULE, failures, random);
    case "unreachable":
    case "no-answer":
    case "server-error":
    case "malformed":
    case "session-unknown":
    case "session-closed":
      return retryDelayMs(schedule, failures, random);
    default:
      return assertNever(failure);
  }
}

/** How long until a session is asked for again when nothing calls for it. */
function pollMs(machine: FeedMachine, nowMs: number, policy: FeedPolicy): number {
  const quietForMs =
    machine.phase.name === "lingering" ? Number.POSITIVE_INFINITY : nowMs - machine.activeAtMs;
  const quiet = quietForMs >= QUIET_AFTER_MS;
  if (machine.socket.name === "open") return quiet ? policy.doubtIdleMs : policy.doubtActiveMs;
  if (policy.upstream === "ws") return quiet ? policy.doubtIdleMs : policy.pollQuietMs;
  if (quietForMs < ACTIVE_FOR_MS) return policy.pollActiveMs;
  return quiet ? policy.pollIdleMs : policy.pollQuietMs;
}

/** Sees to a listing no later than `inMs` from now, and no less thorough than asked. */
function requestListing(machine: FeedMachine, moment: Moment, inMs: number, thorough: boolean): Transition {
  const { listing } = machine;
  if (listing.name === "running") {
    const next: FollowUp =
      inMs === 0 ? "again" : listing.next === "again" || !thorough ? listing.next : "confirm";
    return keep({ ...machine, listing: { ...listing, next } });
  }
  const dueAtMs = moment.nowMs + inMs;
  const wanted = thorough || (listing.name === "due" && listing.thorough);
  if (listing.name === "due" && listing.atMs <= dueAtMs) {
    return keep({ ...machine, listing: { ...listing, thorough: wanted } });
  }
  if (inMs === 0) {
    const [next, effects] = runListing(machine, wanted, moment);
    return [next, [{ type: "sleep", timer: "listing" }, ...effects]];
  }
  const due: ListingPhase = { name: "due", atMs: dueAtMs, thorough: wanted };
  return [{ ...machine, listing: due }, [{ type: "wake", timer: "listing", inMs }]];
}

function runListing(machine: FeedMachine, wanted: boolean, moment: Moment): Transition {
  const isTurn = machine.looks > 0 && moment.nowMs - machine.thoroughAtMs >= THOROUGH_EVERY_MS;
  const thorough = wanted || !machine.caughtUp || isTurn;
  const followed = machine.phase.name === "followed";
  const urgent = followed && (!machine.caughtUp || moment.nowMs - machine.activeAtMs < ACTIVE_FOR_MS);
  return [
    { ...machine, listing: { name: "running", thorough, next: "nothing" } },
    [{ type: "list", thorough, urgent }],
  ];
}

function isThorough({ listing }: FeedMachine): boolean {
  return listing.name === "running" && listing.thorough;
}

function keep(machine: FeedMachine): Transition {
  return [machine, []];
}

/** `session-unknown`: the platform does not know it. `closed`: the platform ended it. */
export type FeedEnd = "session-unknown" | "closed";

export type FeedState =
  | { readonly name: "dormant" }
  | { readonly name: "live" }
  | { readonly name: "polling" }
  | { readonly name: "backing-off"; readonly attempt: number }
  | { readonly name: "ended"; readonly reason: FeedEnd };
