import { assertNever, type ChatMessage } from "@mailoo-chat/protocol";
import type { Clock } from "../lib/clock.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { sleep } from "../lib/sleep.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { MailooClient } from "../platform/client.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import { keepLease } from "./lease-keeper.ts";
import {
  type Accepted,
  afterAcceptedPost,
  afterFailedPost,
  afterFailedSearch,
  afterFoundMessage,
  afterTakenMessage,
  afterVainSearch,
  type InDoubt,
  type Leave,
  leaveOf,
  nextStep,
  type OnPlatform,
  problemOfFirstListing,
  type SendProblem,
  type SendProgress,
  type SendStep,
  startProgress,
} from "./progress.ts";
import type { Send } from "./scope.ts";
import { createSessionScope, type SealedScope } from "./scope.ts";
import { createHistorySearch, findNewestOwn, type HistorySearch } from "./search.ts";
import type { ClaimVerdict, Lease, SendStore, SentRecord, Settlement } from "./store.ts";

export interface SendWorkerDeps {
  readonly client: MailooClient;
  readonly store: SendStore;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** One send, to be brought to its end within one scope. */
export interface SendJob {
  readonly send: Send;
  /** The send's own id, or one made up for it. */
  readonly clientMessageId: string;
  readonly scope: SealedScope;
  /** Null where the message opens its session. */
  readonly sessionPublicId: string | null;
  /** On the steady clock. No POST begins after it. */
  readonly deadlineMs: number;
  /** Aborts when the process can wait no longer: the record is then left to the next worker. */
  readonly signal: AbortSignal;
}

export type JobOutcome =
  | Delivered
  /**
   * The scope has led to a session meanwhile: the send goes on there. `inDoubt`: it was POSTed before that, and
   * may have left a session of its own behind.
   */
  | {
      readonly kind: "moved";
      readonly sealedSession: string;
      readonly sessionPublicId: string;
      readonly inDoubt: boolean;
    };

export interface Delivered {
  readonly kind: "delivered";
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  readonly how: "sent" | "reconciled" | "replayed";
  /** Somebody before us put it there. */
  readonly replayed: boolean;
}

/**
 * Claims a send, takes the steps that `nextStep` decides, and leaves behind what the next worker must know.
 *
 * @throws ProblemError
 */
export async function carryOut(deps: SendWorkerDeps, job: SendJob): Promise<JobOutcome> {
  const { scope, send, clientMessageId, signal } = job;
  const bodyHash = deps.store.hashBody(scope, send.content);
  const lookups = createLookups(deps, job, bodyHash);
  for (;;) {
    signal.throwIfAborted();
    const askedAtMs = deps.clock.steadyMs();
    if (askedAtMs >= job.deadlineMs) throw new ProblemError("upstream_timeout");
    const { attempt, after } = send;
    const verdict = await deps.store.claim({ scope, clientMessageId, bodyHash, attempt, after });
    switch (verdict.kind) {
      case "claimed": {
        const outcome = await workUnderLease(deps, job, verdict, askedAtMs);
        if (outcome !== "lease-lost") return outcome;
        break;
      }
      case "sent":
        return toReplay(job, verdict.sent);
      case "moved": {
        const { sealedSession, inDoubt, settleInMs } = verdict;
        const sessionPublicId = scope.open(sealedSession);
        if (sessionPublicId === null) {
          await deps.store.forgetSession(scope, sealedSession);
          break;
        }
        if (inDoubt) await pause(deps, job, settleInMs);
        return { kind: "moved", sealedSession, sessionPublicId, inDoubt };
      }
      case "busy": {
        const found = await lookups.findFor(verdict.sameSendAfter);
        if (found) return found;
        await pause(deps, job, Math.min(verdict.leaseMs, BUSY_POLL_MS));
        break;
      }
      case "reused":
        throw new ProblemError("client_message_id_reused");
      case "full":
        throw new ProblemError("overloaded", { retryAfterSeconds: RETRY_AFTER_FULL_SECONDS });
      default:
        assertNever(verdict);
    }
  }
}

const BUSY_POLL_MS = 200;
const FIRST_LOOKUP_PAUSE_MS = 2_000;
const RETRY_AFTER_FULL_SECONDS = 5;

/**
 * While another worker has this very send, the history may tell what became of it. That worker may be dead, and its lease
 * last for many seconds more.
 */
function createLookups(deps: SendWorkerDeps, job: SendJob, bodyHash: string) {
  const { clock, store } = deps;
  const { scope, clientMessageId, sessionPublicId, signal } = job;
  let nextAtMs = Number.NEGATIVE_INFINITY;
  let pauseMs = FIRST_LOOKUP_PAUSE_MS;

  return {
    async findFor(after: string | null): Promise<Delivered | null> {
      if (after === null || sessionPublicId === null || clock.steadyMs() < nextAtMs) return null;
      const search = createSearch(deps, job, sessionPublicId, after);
      const found = await search.find({ match: "same-content", allPages: false }, signal).catch(() => null);
      nextAtMs = clock.steadyMs() + pauseMs;
      pauseMs *= 2;
      if (found === null) return null;
      const { id: messageId, createdAt } = found;
      const sent = { clientMessageId, bodyHash, messageId, createdAt, sealedSession: null };
      if ((await store.adopt(scope, sent, "found")) === "taken") return null;
      return { ...toReplay(job, sent), how: "reconciled" };
    },
  };
}

function createSearch(
  deps: SendWorkerDeps,
  { send, clientMessageId }: SendJob,
  sessionPublicId: string,
  after: string | null,
): HistorySearch {
  return createHistorySearch(deps, {
    session: { sessionPublicId, origin: send.origin },
    scope: createSessionScope(sessionPublicId),
    clientMessageId,
    content: send.content,
    after,
  });
}

/** `lease-lost`: claim again. */
async function workUnderLease(
  deps: SendWorkerDeps,
  job: SendJob,
  claimed: ClaimVerdict & { readonly kind: "claimed" },
  takenAtMs: number,
): Promise<Delivered | "lease-lost"> {
  const { clock, store, telemetry } = deps;
  const { record } = claimed;
  const { attempt } = job.send;
  const openedSession = record.sealedSession === null ? null : job.scope.open(record.sealedSession);
  const keeper = keepLease({ store, clock, lease: claimed.lease, takenAtMs });
  const scopeSettledAtMs = clock.steadyMs() + record.settleInMs;
  let lease = claimed.lease;
  const start = (coveredForMs: number | null) =>
    startProgress(record, { attempt, openedSession, coveredForMs, nowMs: clock.steadyMs() });
  let progress = start(null);
  let history: HistorySearch | null = null;
  const leaveBehind = () => store.settle(lease, toSettlement(job, leaveOf(progress), clock.steadyMs()));
  try {
    if (record.state === "new" && progress.name === "in-doubt") progress = start(await store.coveredForMs());
    if (record.state === "new" && progress.name === "unsent" && lease.after === null) {
      lease = { ...lease, after: await findAfter(deps, job) };
      if (lease.after !== null && !(await store.renew(lease))) return "lease-lost";
    }
    for (;;) {
      const step = nextStep(progress, {
        nowMs: clock.steadyMs(),
        deadlineMs: job.deadlineMs,
        searchable: job.sessionPublicId !== null,
      });
      switch (step.name) {
        case "post":
          job.signal.throwIfAborted();
          if (!(await keeper.mayPost())) {
            await leaveBehind();
            return "lease-lost";
          }
          if (progress.name === "in-doubt" && job.sessionPublicId === null) telemetry.firstSendUnknown();
          progress = await post(deps, job, progress, scopeSettledAtMs);
          break;
        case "wait":
          await sleep(step.inMs, job.signal);
          break;
        case "search":
          if (step.inMs > 0) {
            // Timers may fire early: whether the search is due is then asked again.
            await sleep(step.inMs, job.signal);
            break;
          }
          history ??= createSearch(deps, job, sessionOf(step.of, job), lease.after);
          progress = await search(deps, history, step, job.signal);
          break;
        case "record": {
          const verdict = await recordDelivery(deps, job, lease, step.message);
          if (verdict === "lease-lost") await leaveBehind();
          if (verdict !== "taken") return verdict;
          progress = afterTakenMessage(step.message, clock.steadyMs());
          break;
        }
        case "stop":
          throw toProblemError(step.problem);
        default:
          assertNever(step);
      }
    }
  } catch (error) {
    await leaveBehind();
    throw error;
  } finally {
    keeper.stop();
  }
}

async function post(
  deps: SendWorkerDeps,
  job: SendJob,
  progress: SendProgress,
  scopeSettledAtMs: number,
): Promise<SendProgress> {
  const { client, clock } = deps;
  const { content, origin, sender } = job.send;
  const { sessionPublicId } = job;
  const opensSession = sessionPublicId === null;
  const startedAtMs = clock.steadyMs();
  try {
    const sent = await client.send({ content, sessionPublicId, origin, sender }, job.signal);
    return afterAcceptedPost(progress, sent, { nowMs: clock.steadyMs(), opensSession });
  } catch (error) {
    const nowMs = clock.steadyMs();
    return afterFailedPost(progress, failureOf(error), {
      startedAtMs,
      nowMs,
      scopeSettledAtMs,
      opensSession,
    });
  }
}

async function search(
  { clock }: SendWorkerDeps,
  history: HistorySearch,
  step: SendStep & { name: "search" },
  signal: AbortSignal,
): Promise<SendProgress> {
  const startedAtMs = clock.steadyMs();
  try {
    const found = await history.find(step, signal);
    if (found) return afterFoundMessage(step.of, found);
    return afterVainSearch(step, startedAtMs, clock.steadyMs());
  } catch (error) {
    return afterFailedSearch(step.of, failureOf(error), clock.steadyMs());
  }
}

function sessionOf(progress: InDoubt | Accepted, job: SendJob): string {
  const openedSession = progress.name === "accepted" ? progress.openedSession : null;
  const sessionPublicId = openedSession ?? job.sessionPublicId;
  if (sessionPublicId === null) throw new Error("only a session has a history");
  return sessionPublicId;
}

/**
 * What a send comes after that does not say so, in a session whose earlier sends are not on record. Without it, an older
 * message with the same words could later be taken for this one.
 *
 * @throws ProblemError if the platform cannot tell just now
 */
async function findAfter({ client }: SendWorkerDeps, job: SendJob): Promise<string | null> {
  const { sessionPublicId, send, signal } = job;
  if (sessionPublicId === null) return null;
  try {
    return await findNewestOwn(client, { sessionPublicId, origin: send.origin }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const problem = problemOfFirstListing(failureOf(error));
    if (problem) throw toProblemError(problem);
    return null;
  }
}

async function recordDelivery(
  deps: SendWorkerDeps,
  job: SendJob,
  lease: Lease,
  onPlatform: OnPlatform,
): Promise<Delivered | "lease-lost" | "taken"> {
  const { clock, store } = deps;
  const { scope } = job;
  const { messageId, openedSession, foundIn, posts } = onPlatform;
  const sessionPublicId = openedSession ?? job.sessionPublicId;
  if (sessionPublicId === null) throw new Error("a delivered message has a session");

  const createdAt = onPlatform.createdAt ?? new Date(clock.epochMs()).toISOString();
  const verdict = await store.settle(lease, {
    state: "sent",
    messageId,
    createdAt,
    sealedSession: openedSession === null ? null : scope.seal(openedSession),
    reconciled: foundIn !== null,
    settleInMs: foundIn?.name === "in-doubt" ? Math.max(0, foundIn.settledAtMs - clock.steadyMs()) : 0,
  });
  if (verdict !== "done") return verdict;
  if (openedSession !== null) await adoptInSession(store, job, openedSession, { messageId, createdAt });
  return {
    kind: "delivered",
    sessionPublicId,
    message: toMessage(job, messageId, createdAt),
    how: foundIn?.name === "in-doubt" ? "reconciled" : "sent",
    replayed: foundIn !== null && posts === 0,
  };
}

/** The message that opened a session is on record there too: for replays with its token, and so that no other send takes it for its own. */
async function adoptInSession(
  store: SendStore,
  { send, clientMessageId }: SendJob,
  sessionPublicId: string,
  sent: { readonly messageId: string; readonly createdAt: string },
): Promise<void> {
  const scope = createSessionScope(sessionPublicId);
  const bodyHash = store.hashBody(scope, send.content);
  await store.adopt(scope, { ...sent, clientMessageId, bodyHash, sealedSession: null }, "opened");
}

function toReplay(job: SendJob, sent: SentRecord): Delivered {
  const { messageId, createdAt, sealedSession } = sent;
  const sessionPublicId = sealedSession === null ? job.sessionPublicId : job.scope.open(sealedSession);
  if (sessionPublicId === null) throw new Error("the record of a first message names its session");
  const message = toMessage(job, messageId, createdAt);
  return { kind: "delivered", sessionPublicId, message, how: "replayed", replayed: true };
}

function toMessage({ send }: SendJob, id: string, createdAt: string): ChatMessage {
  const { clientMessageId, content } = send;
  const message = { id, author: "visitor", content, createdAt } as const;
  return clientMessageId === null ? message : { ...message, clientMessageId };
}

function toSettlement({ scope }: SendJob, leave: Leave, nowMs: number): Settlement {
  switch (leave.state) {
    case "unsent":
      return { state: "unsent" };
    case "pending":
      return {
        state: "pending",
        sealedSession: null,
        settleInMs: Math.max(0, leave.settledAtMs - nowMs),
      };
    case "accepted": {
      const sealedSession = leave.openedSession === null ? null : scope.seal(leave.openedSession);
      return { state: "accepted", sealedSession, settleInMs: 0 };
    }
    default:
      return assertNever(leave);
  }
}

function toProblemError({ code, retryAfterMs }: SendProblem): ProblemError {
  if (retryAfterMs === null) return new ProblemError(code);
  return new ProblemError(code, { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) });
}

/** Whatever else a client throws, the request may have gone out. */
function failureOf(error: unknown): MailooFailure {
  return error instanceof MailooError ? error.failure : { kind: "no-answer", timedOut: false };
}

/** Waits, but not beyond what the submit may take. */
async function pause({ clock }: SendWorkerDeps, { deadlineMs, signal }: SendJob, ms: number): Promise<void> {
  if (clock.steadyMs() + ms >= deadlineMs) throw new ProblemError("upstream_timeout");
  await sleep(ms, signal);
}
