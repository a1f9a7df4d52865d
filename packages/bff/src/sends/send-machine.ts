import { assertNever, type ChatMessage, type ProblemCode } from "@mailoo-chat/protocol";
import type { SentMessage } from "../platform/client.ts";
import type { MailooFailure } from "../platform/errors.ts";
import { type ClaimedRecord, type Settlement, UNSENT } from "./store.ts";
import { COMMIT_MS, LOST_LEASE_MS, SETTLE_AFTER_ANSWER_MS, TRANSIT_MS } from "./timing.ts";

/**
 * Decides what a send does next: post, search the history, wait, record, or stop. Pure: takes the state of the send and the
 * time. `run-send.ts` runs the steps. All times are milliseconds on one steady clock.
 *
 * The rule behind all of it: no POST while an earlier POST of the same message may still appear on the platform.
 */
export type SendState = Unsent | OutcomeUnknown | Accepted | OnPlatform | Stop;

/** Certainly not on the platform. */
export interface Unsent {
  readonly name: "unsent";
  readonly posts: number;
}

/** An earlier POST may be on the platform, or be committed there until `settledAtMs`. */
export interface OutcomeUnknown {
  readonly name: "outcome-unknown";
  readonly posts: number;
  readonly settledAtMs: number;
  /** Not posted again before this, as the platform has requested. */
  readonly repostAtMs: number;
  readonly search: Search;
}

/** On the platform, under an id that it has not returned. */
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
  /** ISO 8601. Null: not returned by the platform. */
  readonly createdAt: string | null;
  readonly openedSession: string | null;
  /** The state in which it was found in the history. Null: the platform has returned its id. */
  readonly foundIn: OutcomeUnknown | Accepted | null;
}

/** The submit ends with a problem, and leaves a record for the next attempt. */
interface Stop {
  readonly name: "stop";
  readonly problem: SendProblem;
  readonly left: Unsent | OutcomeUnknown | Accepted;
}

/** The results of the searches so far. */
interface Search {
  readonly tries: number;
  /** When the last search of all pages without a result began. */
  readonly emptyAtMs: number | null;
  /** No search begins before this. */
  readonly nextAtMs: number;
}

export interface SendProblem {
  readonly code: ProblemCode;
  readonly retryAfterMs: number | null;
}

export type SendStep =
  | { readonly name: "post"; readonly from: Unsent | OutcomeUnknown }
  | SearchStep
  /** There is no history to search, so the send waits until its outcome is settled. */
  | { readonly name: "wait"; readonly inMs: number }
  | { readonly name: "record"; readonly message: OnPlatform }
  | Stop;

/** `match`: see `Sought`. `allPages`: if it finds nothing, that is conclusive. */
export interface SearchStep {
  readonly name: "search";
  readonly from: OutcomeUnknown | Accepted;
  readonly inMs: number;
  readonly match: "same-content" | "any";
  readonly allPages: boolean;
}

export interface StepContext {
  readonly nowMs: number;
  /** No POST and no search begins after it. */
  readonly deadlineMs: number;
  /** True: there is no history to search yet. */
  readonly opensSession: boolean;
}

export interface StartContext {
  readonly attempt: number;
  readonly openedSession: string | null;
  /**
   * For how long every claim has been recorded: a `new` send has no attempt within this time. The records go back
   * {@link LOST_LEASE_MS} further. Null: not known.
   */
  readonly coveredForMs: number | null;
  /** How long ago this attempt arrived. Its caller may have given up and tried again on another replica. */
  readonly waitedMs: number;
  readonly nowMs: number;
}

/** The state of a send that has just been claimed. */
export function startState(record: ClaimedRecord, context: StartContext): SendState {
  const { attempt, openedSession, coveredForMs, waitedMs, nowMs } = context;
  const search = newSearch(nowMs);
  const unknownFor = (settleInMs: number): OutcomeUnknown => {
    const settledAtMs = nowMs + Math.max(settleInMs, record.settleInMs);
    return { name: "outcome-unknown", posts: 0, settledAtMs, repostAtMs: settledAtMs, search };
  };
  switch (record.state) {
    case "unsent":
      return { name: "unsent", posts: 0 };
    case "accepted":
      return { name: "accepted", posts: 0, acceptedAtMs: nowMs, openedSession, search };
    case "pending":
      return unknownFor(record.settleInMs);
    case "new": {
      const hasLostRecords = coveredForMs !== null && coveredForMs + LOST_LEASE_MS < waitedMs;
      // Without `after`, the history could not tell the message of a later attempt from older ones.
      if (attempt === 1 && !(hasLostRecords && record.after !== null)) return { name: "unsent", posts: 0 };
      return unknownFor(Math.max(0, COMMIT_MS - (coveredForMs ?? 0)));
    }
    default:
      return assertNever(record.state);
  }
}

export function nextStep(state: SendState, context: StepContext): SendStep {
  const { nowMs, deadlineMs, opensSession } = context;
  switch (state.name) {
    case "unsent":
      if (nowMs >= deadlineMs) return stop("upstream_timeout", state);
      return { name: "post", from: state };
    case "outcome-unknown":
      return opensSession ? waitOrPost(state, context) : searchOrPost(state, context);
    case "accepted": {
      const atMs = Math.max(nowMs, state.search.nextAtMs);
      if (atMs >= deadlineMs) return stop("upstream_timeout", state);
      const isLate = atMs >= state.acceptedAtMs + SETTLE_AFTER_ANSWER_MS;
      const match = isLate ? "any" : "same-content";
      return { name: "search", from: state, inMs: atMs - nowMs, match, allPages: isLate };
    }
    case "on-platform":
      return { name: "record", message: state };
    case "stop":
      return state;
    default:
      return assertNever(state);
  }
}

/** Searches at once, then at growing intervals, and for the last time when nothing can appear any more. */
function searchOrPost(state: OutcomeUnknown, context: StepContext): SendStep {
  const { settledAtMs, search } = state;
  const { nowMs, deadlineMs } = context;
  if (search.emptyAtMs !== null && search.emptyAtMs >= settledAtMs) return postAgain(state, context);
  const atMs = Math.max(nowMs, search.nextAtMs);
  if (atMs >= deadlineMs) return stop("upstream_timeout", state);
  const allPages = atMs >= settledAtMs;
  return { name: "search", from: state, inMs: atMs - nowMs, match: "same-content", allPages };
}

function waitOrPost(state: OutcomeUnknown, context: StepContext): SendStep {
  const { settledAtMs } = state;
  const { nowMs, deadlineMs } = context;
  if (nowMs >= settledAtMs) return postAgain(state, context);
  if (settledAtMs >= deadlineMs) return stop("upstream_timeout", state);
  return { name: "wait", inMs: settledAtMs - nowMs };
}

function postAgain(state: OutcomeUnknown, { nowMs, deadlineMs, opensSession }: StepContext): SendStep {
  if (nowMs >= deadlineMs) return stop("upstream_timeout", state);
  const inMs = state.repostAtMs - nowMs;
  if (inMs > 0 && state.repostAtMs >= deadlineMs) return stop("upstream_unavailable", state, inMs);
  if (inMs > 0) return { name: "wait", inMs };
  if (state.posts >= (opensSession ? MAX_OPENING_POSTS : MAX_POSTS))
    return stop("upstream_unavailable", state, RETRY_AFTER_OUTAGE_MS);
  return { name: "post", from: state };
}

/** After the platform has accepted the message. */
export function afterAcceptedPost(
  { posts }: Unsent | OutcomeUnknown,
  { messageId, createdAt, sessionPublicId }: SentMessage,
  { nowMs, opensSession }: { readonly nowMs: number; readonly opensSession: boolean },
): Accepted | OnPlatform {
  const common = { posts: posts + 1, openedSession: opensSession ? sessionPublicId : null };
  return messageId === null
    ? { ...common, name: "accepted", acceptedAtMs: nowMs, search: newSearch(nowMs) }
    : { ...common, name: "on-platform", messageId, createdAt, foundIn: null };
}

/** After a POST that began at `startedAtMs` has failed. */
export function afterFailedPost(
  before: Unsent | OutcomeUnknown,
  failure: MailooFailure,
  circumstances: {
    readonly startedAtMs: number;
    readonly nowMs: number;
    /** Until then an unanswered POST of another send of the scope may be committed. It must not be mistaken for ours. */
    readonly scopeSettledAtMs: number;
    readonly opensSession: boolean;
  },
): SendState {
  const { startedAtMs, nowMs, scopeSettledAtMs, opensSession } = circumstances;
  const posts = before.posts + 1;
  const unknownUntil = (settledAtMs: number, repostAtMs = settledAtMs): OutcomeUnknown => ({
    name: "outcome-unknown",
    posts,
    settledAtMs: Math.max(settledAtMs, scopeSettledAtMs),
    repostAtMs: Math.max(repostAtMs, scopeSettledAtMs),
    search: newSearch(nowMs),
  });
  const lastArrivalMs = startedAtMs + TRANSIT_MS;
  // The answer is from the platform or a gateway in front of it: the request was sent, and may or may not have arrived.
  const answeredArrivalMs = Math.min(nowMs, lastArrivalMs);
  const refused = (code: ProblemCode, retryAfterMs: number | null = null) =>
    stop(code, { name: "unsent", posts }, retryAfterMs);
  switch (failure.kind) {
    case "unreachable":
      return posts === 1
        ? { name: "unsent", posts }
        : refused("upstream_unavailable", RETRY_AFTER_UNREACHABLE_MS);
    case "circuit-open":
    case "over-budget":
      return refused("upstream_unavailable", failure.retryAfterMs);
    case "no-answer":
      return unknownUntil(lastArrivalMs + COMMIT_MS);
    case "server-error": {
      const settledAtMs = failure.fromPlatform
        ? nowMs + SETTLE_AFTER_ANSWER_MS
        : answeredArrivalMs + COMMIT_MS;
      return unknownUntil(settledAtMs, Math.max(settledAtMs, nowMs + (failure.retryAfterMs ?? 0)));
    }
    case "malformed":
      return unknownUntil(answeredArrivalMs + COMMIT_MS);
    case "rate-limited":
      // Not `rate_limited`: the platform limits the site, not this visitor.
      return refused("upstream_unavailable", failure.retryAfterMs ?? RETRY_AFTER_RATE_LIMIT_MS);
    case "unauthorised":
      return refused("upstream_rejected");
    case "refused":
      // A 409 from a session that accepts no more messages.
      return refused(failure.status === 409 && !opensSession ? "session_closed" : "upstream_rejected");
    case "session-closed":
      return refused(opensSession ? "upstream_rejected" : "session_closed");
    case "session-unknown":
      return refused(opensSession ? "upstream_rejected" : "session_not_found");
    default:
      return assertNever(failure);
  }
}

/** After the message was found in the history. */
export function afterFoundMessage(state: OutcomeUnknown | Accepted, found: ChatMessage): OnPlatform {
  return {
    name: "on-platform",
    posts: state.posts,
    messageId: found.id,
    createdAt: found.createdAt,
    openedSession: state.name === "accepted" ? state.openedSession : null,
    foundIn: state,
  };
}

/**
 * After the message turned out to be recorded for another send. If the platform had returned its id for this send, another
 * worker has found it in the history for a send with the same text. This send then continues without it, so that both
 * messages are delivered.
 */
export function afterTakenMessage({ foundIn, posts }: OnPlatform, nowMs: number): OutcomeUnknown | Accepted {
  if (foundIn) return { ...foundIn, search: nextSearch(foundIn, nowMs) };
  return {
    name: "outcome-unknown",
    posts,
    settledAtMs: nowMs,
    repostAtMs: nowMs,
    search: newSearch(nowMs),
  };
}

/** After a search that began at `startedAtMs` did not find the message. */
export function afterEmptySearch(
  { from, allPages }: SearchStep,
  startedAtMs: number,
  nowMs: number,
): SendState {
  const search = nextSearch(from, nowMs);
  return { ...from, search: allPages ? { ...search, emptyAtMs: startedAtMs } : search };
}

/** After a search that failed, and so leaves the outcome unknown. */
export function afterFailedSearch(
  state: OutcomeUnknown | Accepted,
  failure: MailooFailure,
  nowMs: number,
): SendState {
  const search = nextSearch(state, nowMs);
  switch (failure.kind) {
    case "circuit-open":
    case "over-budget":
      return stop("upstream_unavailable", state, failure.retryAfterMs);
    case "unauthorised":
    case "refused":
      return stop("upstream_rejected", state);
    case "session-closed":
      return stop("session_closed", state);
    case "session-unknown":
      // A new session may take a moment to appear.
      return state.name === "accepted" ? { ...state, search } : stop("session_not_found", state);
    case "rate-limited": {
      const nextAtMs = Math.max(search.nextAtMs, nowMs + (failure.retryAfterMs ?? 0));
      return { ...state, search: { ...search, nextAtMs } };
    }
    case "unreachable":
    case "no-answer":
    case "server-error":
    case "malformed":
      return { ...state, search };
    default:
      return assertNever(failure);
  }
}

/**
 * Why a send cannot begin if listing its predecessor has failed. Null: it can, because the session has no history yet, or
 * because its POST will be refused in the same way.
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

/** The record that the next attempt takes over. */
export function toSettlement(
  state: SendState,
  nowMs: number,
  seal: (sessionPublicId: string) => string,
): Settlement {
  switch (state.name) {
    case "unsent":
      return UNSENT;
    case "outcome-unknown": {
      const settledAtMs = Math.max(state.settledAtMs, state.repostAtMs);
      return { state: "pending", sealedSession: null, settleInMs: Math.max(0, settledAtMs - nowMs) };
    }
    case "on-platform":
      if (state.foundIn) return toSettlement(state.foundIn, nowMs, seal);
      return toAccepted(state.openedSession, seal);
    case "accepted":
      return toAccepted(state.openedSession, seal);
    case "stop":
      return toSettlement(state.left, nowMs, seal);
    default:
      return assertNever(state);
  }
}

function toAccepted(openedSession: string | null, seal: (sessionPublicId: string) => string): Settlement {
  return {
    state: "accepted",
    sealedSession: openedSession === null ? null : seal(openedSession),
    settleInMs: 0,
  };
}

/** Maximum number of POSTs per submit. After that the caller must retry. */
const MAX_POSTS = 3;
/** Each POST of a message that opens its session may leave an orphaned session behind. */
const MAX_OPENING_POSTS = 2;
const RETRY_AFTER_UNREACHABLE_MS = 2_000;
const RETRY_AFTER_OUTAGE_MS = 5_000;
const RETRY_AFTER_RATE_LIMIT_MS = 1_000;
/** Pause between the first two searches, doubled each time. An accepted message usually appears soon. */
const FIRST_PAUSE_MS = { "outcome-unknown": 2_000, accepted: 500 } as const;
const LONGEST_PAUSE_MS = 5_000;

function newSearch(nowMs: number): Search {
  return { tries: 0, emptyAtMs: null, nextAtMs: nowMs };
}

/** Pauses grow, but the next search runs no later than the time at which it is conclusive. */
function nextSearch(state: OutcomeUnknown | Accepted, nowMs: number): Search {
  const { tries, emptyAtMs } = state.search;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS[state.name] * 2 ** tries);
  const nextAtMs =
    state.name === "outcome-unknown" && nowMs < state.settledAtMs
      ? Math.min(nowMs + pauseMs, state.settledAtMs)
      : nowMs + pauseMs;
  return { tries: tries + 1, emptyAtMs, nextAtMs };
}

function stop(code: ProblemCode, left: Stop["left"], retryAfterMs: number | null = null): Stop {
  return { name: "stop", problem: { code, retryAfterMs }, left };
}
