import { assertNever, type ChatMessage, type ProblemCode } from "@mailoo-chat/protocol";
import type { SentMessage } from "../platform/client.ts";
import type { MailooFailure } from "../platform/errors.ts";
import type { ClaimedRecord } from "./store.ts";
import { COMMIT_MS, SETTLE_AFTER_ANSWER_MS, TRANSIT_MS } from "./timing.ts";

/**
 * The rules of a send, without a clock or a socket: what is known of it so far, and what to do next. All times
 * are milliseconds on one steady clock. The one rule that everything else serves: no POST while an earlier one
 * of the same message may still turn up on the platform.
 */
export type SendProgress = Unsent | InDoubt | Accepted | OnPlatform | Stopped;

/** Surely not on the platform. */
export interface Unsent {
  readonly name: "unsent";
  readonly posts: number;
}

/** An earlier POST may be on the platform, or get there until `settledAtMs`. */
export interface InDoubt {
  readonly name: "in-doubt";
  readonly posts: number;
  readonly settledAtMs: number;
  /** Not sent again before this: the platform has asked for time. */
  readonly resendAtMs: number;
  readonly search: Search;
}

/** On the platform, which has not said under which id. */
export interface Accepted {
  readonly name: "accepted";
  readonly posts: number;
  readonly acceptedAtMs: number;
  /** The session that a first message opened; null in a session's own scope. */
  readonly openedSession: string | null;
  readonly search: Search;
}

export interface OnPlatform {
  readonly name: "on-platform";
  readonly posts: number;
  readonly messageId: string;
  /** ISO 8601; null where the platform does not say. */
  readonly createdAt: string | null;
  readonly openedSession: string | null;
  /** In which doubt the history was searched for it; null where the platform named it. */
  readonly foundIn: InDoubt | Accepted | null;
}

export interface Stopped {
  readonly name: "stopped";
  readonly problem: SendProblem;
  readonly leave: Leave;
}

/** What a search of the history has brought so far. */
export interface Search {
  readonly tries: number;
  /** When the last search of all pages began that found nothing. */
  readonly inVainAtMs: number | null;
  /** Not before this. */
  readonly nextAtMs: number;
}

export interface SendProblem {
  readonly code: ProblemCode;
  readonly retryAfterMs: number | null;
}

/** In which state the record is left for the next attempt. */
export type Leave =
  | { readonly state: "unsent" }
  | { readonly state: "pending"; readonly settledAtMs: number }
  | { readonly state: "accepted"; readonly openedSession: string | null };

export type SendStep =
  | { readonly name: "post" }
  /** `match`: see `Sought`. `allPages`: its verdict that nothing is there must hold. */
  | {
      readonly name: "search";
      readonly of: InDoubt | Accepted;
      readonly inMs: number;
      readonly match: "same-content" | "any";
      readonly allPages: boolean;
    }
  /** There is no history to search: only time tells. */
  | { readonly name: "wait"; readonly inMs: number }
  | { readonly name: "record"; readonly message: OnPlatform }
  | { readonly name: "stop"; readonly problem: SendProblem; readonly leave: Leave };

export interface StepContext {
  readonly nowMs: number;
  /** No POST and no search begins after it. */
  readonly deadlineMs: number;
  /** False for a message that opens its session: there is no history that it could be found in. */
  readonly searchable: boolean;
}

export interface StartContext {
  readonly attempt: number;
  readonly openedSession: string | null;
  /** How long every claim has been recorded: no attempt of a `new` send is younger. Null: not known. */
  readonly coveredForMs: number | null;
  readonly nowMs: number;
}

/** Where a worker begins that has just claimed the send. */
export function startProgress(record: ClaimedRecord, context: StartContext): SendProgress {
  const { attempt, openedSession, coveredForMs, nowMs } = context;
  const search = newSearch(nowMs);
  const inDoubtFor = (settleInMs: number): InDoubt => {
    const settledAtMs = nowMs + Math.max(settleInMs, record.settleInMs);
    return { name: "in-doubt", posts: 0, settledAtMs, resendAtMs: settledAtMs, search };
  };
  switch (record.state) {
    case "unsent":
      return { name: "unsent", posts: 0 };
    case "accepted":
      return { name: "accepted", posts: 0, acceptedAtMs: nowMs, openedSession, search };
    case "pending":
      return inDoubtFor(record.settleInMs);
    case "new":
      if (attempt === 1) return { name: "unsent", posts: 0 };
      return inDoubtFor(Math.max(0, COMMIT_MS - (coveredForMs ?? 0)));
    default:
      return assertNever(record.state);
  }
}

export function nextStep(progress: SendProgress, context: StepContext): SendStep {
  const { nowMs, deadlineMs, searchable } = context;
  switch (progress.name) {
    case "unsent":
      if (nowMs >= deadlineMs) return stop("upstream_timeout", { state: "unsent" });
      return { name: "post" };
    case "in-doubt":
      return searchable ? searchOrPost(progress, context) : waitOrPost(progress, context);
    case "accepted": {
      const { search, openedSession } = progress;
      const atMs = Math.max(nowMs, search.nextAtMs);
      if (atMs >= deadlineMs) return stop("upstream_timeout", { state: "accepted", openedSession });
      const isLate = atMs >= progress.acceptedAtMs + SETTLE_AFTER_ANSWER_MS;
      const match = isLate ? "any" : "same-content";
      return { name: "search", of: progress, inMs: atMs - nowMs, match, allPages: isLate };
    }
    case "on-platform":
      return { name: "record", message: progress };
    case "stopped":
      return { name: "stop", problem: progress.problem, leave: progress.leave };
    default:
      return assertNever(progress);
  }
}

/** Searches at once and then ever more rarely, the last time when nothing can turn up any more. */
function searchOrPost(progress: InDoubt, context: StepContext): SendStep {
  const { settledAtMs, search } = progress;
  const { nowMs, deadlineMs } = context;
  if (search.inVainAtMs !== null && search.inVainAtMs >= settledAtMs) return postAgain(progress, context);
  const atMs = Math.max(nowMs, search.nextAtMs);
  if (atMs >= deadlineMs) return stop("upstream_timeout", leaveOf(progress));
  const allPages = atMs >= settledAtMs;
  return { name: "search", of: progress, inMs: atMs - nowMs, match: "same-content", allPages };
}

function waitOrPost(progress: InDoubt, context: StepContext): SendStep {
  const { settledAtMs } = progress;
  const { nowMs, deadlineMs } = context;
  if (nowMs >= settledAtMs) return postAgain(progress, context);
  if (settledAtMs >= deadlineMs) return stop("upstream_timeout", leaveOf(progress));
  return { name: "wait", inMs: settledAtMs - nowMs };
}

function postAgain(progress: InDoubt, context: StepContext): SendStep {
  const { posts, resendAtMs } = progress;
  const { nowMs, deadlineMs, searchable } = context;
  const leave = leaveOf(progress);
  if (nowMs >= deadlineMs) return stop("upstream_timeout", leave);
  if (nowMs < resendAtMs) {
    const inMs = resendAtMs - nowMs;
    return resendAtMs < deadlineMs ? { name: "wait", inMs } : stop("upstream_unavailable", leave, inMs);
  }
  if (posts >= (searchable ? MAX_POSTS : MAX_OPENING_POSTS))
    return stop("upstream_unavailable", leave, RETRY_AFTER_OUTAGE_MS);
  return { name: "post" };
}

/** What the platform's word that it took the message leads to. */
export function afterAcceptedPost(
  progress: SendProgress,
  sent: SentMessage,
  times: { readonly nowMs: number; readonly opensSession: boolean },
): SendProgress {
  const { nowMs, opensSession } = times;
  const posts = postsOf(progress) + 1;
  const openedSession = opensSession ? sent.sessionPublicId : null;
  const { messageId, createdAt } = sent;
  if (messageId === null) {
    return { name: "accepted", posts, acceptedAtMs: nowMs, openedSession, search: newSearch(nowMs) };
  }
  return { name: "on-platform", posts, messageId, createdAt, openedSession, foundIn: null };
}

/** What a POST that began at `startedAtMs` and failed leaves behind. */
export function afterFailedPost(
  progress: SendProgress,
  failure: MailooFailure,
  circumstances: {
    readonly startedAtMs: number;
    readonly nowMs: number;
    /** Until then an unanswered POST of another send of the scope may be committed, and must not be taken for ours. */
    readonly scopeSettledAtMs: number;
    readonly opensSession: boolean;
  },
): SendProgress {
  const { startedAtMs, nowMs, scopeSettledAtMs, opensSession } = circumstances;
  const posts = postsOf(progress) + 1;
  const doubtUntil = (settledAtMs: number, resendAtMs = settledAtMs): SendProgress => ({
    name: "in-doubt",
    posts,
    settledAtMs: Math.max(settledAtMs, scopeSettledAtMs),
    resendAtMs: Math.max(resendAtMs, scopeSettledAtMs),
    search: newSearch(nowMs),
  });
  const lastArrivalMs = startedAtMs + TRANSIT_MS;
  // Answered by the platform or by what stands before it: the request had left, and arrived or was lost.
  const answeredArrivalMs = Math.min(nowMs, lastArrivalMs);
  const unsent = (code: ProblemCode, retryAfterMs: number | null = null): Stopped => ({
    name: "stopped",
    problem: { code, retryAfterMs },
    leave: { state: "unsent" },
  });
  switch (failure.kind) {
    case "unreachable":
      return posts === 1
        ? { name: "unsent", posts }
        : unsent("upstream_unavailable", RETRY_AFTER_UNREACHABLE_MS);
    case "circuit-open":
    case "over-budget":
      return unsent("upstream_unavailable", failure.retryAfterMs);
    case "no-answer":
      return doubtUntil(lastArrivalMs + COMMIT_MS);
    case "server-error": {
      const settledAtMs = failure.fromPlatform
        ? nowMs + SETTLE_AFTER_ANSWER_MS
        : answeredArrivalMs + COMMIT_MS;
      return doubtUntil(settledAtMs, Math.max(settledAtMs, nowMs + (failure.retryAfterMs ?? 0)));
    }
    case "malformed":
      return doubtUntil(answeredArrivalMs + COMMIT_MS);
    case "rate-limited":
      // The platform limits the site, not this visitor: `rate_limited` would be our own word.
      return unsent("upstream_unavailable", failure.retryAfterMs ?? RETRY_AFTER_RATE_LIMIT_MS);
    case "unauthorised":
      return unsent("upstream_rejected");
    case "refused":
      // A conflict with a session that takes no more messages.
      return unsent(failure.status === 409 && !opensSession ? "session_closed" : "upstream_rejected");
    case "session-closed":
      return unsent(opensSession ? "upstream_rejected" : "session_closed");
    case "session-unknown":
      return unsent(opensSession ? "upstream_rejected" : "session_not_found");
    default:
      return assertNever(failure);
  }
}

/** The message was found in the history. */
export function afterFoundMessage(progress: InDoubt | Accepted, found: ChatMessage): SendProgress {
  return {
    name: "on-platform",
    posts: progress.posts,
    messageId: found.id,
    createdAt: found.createdAt,
    openedSession: progress.name === "accepted" ? progress.openedSession : null,
    foundIn: progress,
  };
}

/** What was found turned out to be on record for another send. */
export function afterTakenMessage(taken: OnPlatform, nowMs: number): SendProgress {
  const { foundIn } = taken;
  return foundIn ? { ...foundIn, search: nextSearch(foundIn, nowMs) } : taken;
}

/** A search that began at `startedAtMs` and did not find the message. */
export function afterVainSearch(
  { of: progress, allPages }: SendStep & { name: "search" },
  startedAtMs: number,
  nowMs: number,
): SendProgress {
  const search = nextSearch(progress, nowMs);
  return { ...progress, search: allPages ? { ...search, inVainAtMs: startedAtMs } : search };
}

/** A search that failed itself says nothing of the message. */
export function afterFailedSearch(
  progress: InDoubt | Accepted,
  failure: MailooFailure,
  nowMs: number,
): SendProgress {
  const leave = leaveOf(progress);
  const stopped = (code: ProblemCode, retryAfterMs: number | null = null): Stopped => ({
    name: "stopped",
    problem: { code, retryAfterMs },
    leave,
  });
  switch (failure.kind) {
    case "circuit-open":
    case "over-budget":
      return stopped("upstream_unavailable", failure.retryAfterMs);
    case "unauthorised":
    case "refused":
      return stopped("upstream_rejected");
    case "session-closed":
      return stopped("session_closed");
    case "session-unknown":
      // A session that has just taken a message may take a moment to show up.
      if (progress.name === "accepted") return { ...progress, search: nextSearch(progress, nowMs) };
      return stopped("session_not_found");
    case "rate-limited": {
      const search = nextSearch(progress, nowMs);
      const nextAtMs = Math.max(search.nextAtMs, nowMs + (failure.retryAfterMs ?? 0));
      return { ...progress, search: { ...search, nextAtMs } };
    }
    case "unreachable":
    case "no-answer":
    case "server-error":
    case "malformed":
      return { ...progress, search: nextSearch(progress, nowMs) };
    default:
      return assertNever(failure);
  }
}

/**
 * Why a send whose place in the history must be known cannot begin. Null: it can, as its POST will meet the same refusal, or
 * the session has no history yet.
 */
export function problemOfFirstListing(failure: MailooFailure): SendProblem | null {
  switch (failure.kind) {
    case "circuit-open":
    case "over-budget":
    case "rate-limited":
      return {
        code: "upstream_unavailable",
        retryAfterMs: failure.retryAfterMs ?? RETRY_AFTER_RATE_LIMIT_MS,
      };
    case "unreachable":
    case "no-answer":
    case "server-error":
    case "malformed":
      return { code: "upstream_unavailable", retryAfterMs: RETRY_AFTER_OUTAGE_MS };
    case "unauthorised":
    case "refused":
    case "session-closed":
    case "session-unknown":
      return null;
    default:
      return assertNever(failure);
  }
}

export function leaveOf(progress: SendProgress): Leave {
  switch (progress.name) {
    case "unsent":
      return { state: "unsent" };
    case "in-doubt":
      return { state: "pending", settledAtMs: Math.max(progress.settledAtMs, progress.resendAtMs) };
    case "accepted":
      return { state: "accepted", openedSession: progress.openedSession };
    case "on-platform": {
      const { foundIn, openedSession } = progress;
      return foundIn ? leaveOf(foundIn) : { state: "accepted", openedSession };
    }
    case "stopped":
      return progress.leave;
    default:
      return assertNever(progress);
  }
}

/** Most POSTs of one submit; whoever wants more comes back, and the caller sees meanwhile that there is trouble. */
const MAX_POSTS = 3;
/** Of a message that opens its session each one may leave an orphan behind. */
const MAX_OPENING_POSTS = 2;
const RETRY_AFTER_UNREACHABLE_MS = 2_000;
const RETRY_AFTER_OUTAGE_MS = 5_000;
const RETRY_AFTER_RATE_LIMIT_MS = 1_000;
/** Between the first two searches, and then twice as long each time. A platform that said it took the message will show it soon. */
const FIRST_PAUSE_MS = { "in-doubt": 2_000, accepted: 500 } as const;
const LONGEST_PAUSE_MS = 5_000;

function newSearch(nowMs: number): Search {
  return { tries: 0, inVainAtMs: null, nextAtMs: nowMs };
}

/** Pauses grow, but the moment from which a search is conclusive is never slept through. */
function nextSearch(progress: InDoubt | Accepted, nowMs: number): Search {
  const { tries, inVainAtMs } = progress.search;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS[progress.name] * 2 ** tries);
  const nextAtMs =
    progress.name === "in-doubt" && nowMs < progress.settledAtMs
      ? Math.min(nowMs + pauseMs, progress.settledAtMs)
      : nowMs + pauseMs;
  return { tries: tries + 1, inVainAtMs, nextAtMs };
}

function stop(code: ProblemCode, leave: Leave, retryAfterMs: number | null = null): SendStep {
  return { name: "stop", problem: { code, retryAfterMs }, leave };
}

function postsOf(progress: SendProgress): number {
  return progress.name === "stopped" ? 0 : progress.posts;
}
