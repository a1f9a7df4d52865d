import { assertNever, type ChatMessage } from "@mailoo-chat/protocol";
import type { Clock } from "../lib/clock.ts";
import { pause } from "../lib/notifier.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { MailooClient } from "../platform/client.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import type { FooterEntry } from "../platform/footer.ts";
import { keepLease } from "./lease-keeper.ts";
import { createSessionScope, type SealedScope, type Send } from "./scope.ts";
import { createHistorySearch, findNewestOwn, type HistorySearch } from "./search.ts";
import {
  type Accepted,
  afterAcceptedPost,
  afterEmptySearch,
  afterFailedPost,
  afterFailedSearch,
  afterFoundMessage,
  afterTakenMessage,
  nextStep,
  type OnPlatform,
  type OutcomeUnknown,
  problemOfFirstListing,
  type SearchStep,
  type SendProblem,
  type SendState,
  startState,
  toSettlement,
  type Unsent,
} from "./send-machine.ts";
import type { ClaimVerdict, Lease, SendStore, SentRecord, SettleVerdict } from "./store.ts";
import { SUBMIT_MS } from "./timing.ts";

export interface SendRunDeps {
  readonly client: MailooClient;
  readonly store: SendStore;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** One send within one scope. */
export interface SendJob {
  readonly send: Send;
  /** The send's own id, or a generated one. */
  readonly clientMessageId: string;
  readonly scope: SealedScope;
  /** Null: the message opens its session. */
  readonly sessionPublicId: string | null;
  /** On the steady clock. No POST begins after it. */
  readonly deadlineMs: number;
  /** Aborts on shutdown: the record is then left for the next attempt. */
  readonly signal: AbortSignal;
}

export type JobOutcome = Delivered | Moved;

export interface Delivered {
  readonly kind: "delivered";
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  readonly how: "sent" | "reconciled" | "replayed";
  /** An earlier attempt had delivered it to the platform. */
  readonly replayed: boolean;
}

/** Another first message has opened the session meanwhile. The send continues there. */
export interface Moved {
  readonly kind: "moved";
  readonly sealedSession: string;
  readonly sessionPublicId: string;
  /** It was posted before that, and may have opened another session. */
  readonly mayBeSent: boolean;
}

/**
 * Runs one send to completion: claims it in the store, takes the steps that `send-machine.ts` decides, and leaves a record
 * for the next attempt.
 */
export class SendRun {
  readonly #deps: SendRunDeps;
  readonly #job: SendJob;
  readonly #bodyHash: string;
  #attempt: number;
  #after: string | null;
  #context: readonly FooterEntry[];
  /** While another worker has this send: when to search for its message next. */
  #lookAgainAtMs = Number.NEGATIVE_INFINITY;
  #searchPauseMs = FIRST_SEARCH_PAUSE_MS;

  constructor(deps: SendRunDeps, job: SendJob) {
    this.#deps = deps;
    this.#job = job;
    this.#bodyHash = job.scope.hashBody(job.send.content);
    this.#attempt = job.send.attempt;
    this.#after = job.send.after;
    this.#context = job.send.context ?? [];
  }

  /** @throws ProblemError */
  async run(): Promise<JobOutcome> {
    const { clock, store } = this.#deps;
    const { scope, clientMessageId, deadlineMs, signal } = this.#job;
    for (;;) {
      signal.throwIfAborted();
      const askedAtMs = clock.steadyMs();
      if (askedAtMs >= deadlineMs) throw new ProblemError("upstream_timeout");
      const verdict = await store.claim({
        scope,
        clientMessageId,
        bodyHash: this.#bodyHash,
        attempt: this.#attempt,
        after: this.#after,
      });
      switch (verdict.kind) {
        case "claimed": {
          const outcome = await this.#workUnderLease(verdict, askedAtMs);
          if (outcome !== "claim-again") return outcome;
          break;
        }
        case "sent":
          return this.#toReplay(verdict.sent);
        case "moved": {
          const { sealedSession, mayBeSent, settleInMs } = verdict;
          const sessionPublicId = scope.open(sealedSession);
          if (sessionPublicId === null) {
            await store.forgetSession(scope, sealedSession);
            break;
          }
          if (mayBeSent) await this.#pause(settleInMs);
          return { kind: "moved", sealedSession, sessionPublicId, mayBeSent };
        }
        case "busy": {
          if (verdict.sameSend) {
            // It may be posted already, so it must not count as new even if the store loses its record.
            this.#attempt = Math.max(this.#attempt, 2);
            this.#after ??= verdict.sameSend.after;
            const found = await this.#lookForMessage(verdict.sameSend.after);
            if (found) return found;
          }
          await this.#pause(Math.min(verdict.leaseMs, BUSY_POLL_MS));
          break;
        }
        case "reused":
          throw new ProblemError("client_message_id_reused");
        case "full":
          throw new ProblemError("overloaded", { retryAfterMs: RETRY_AFTER_FULL_MS });
        default:
          assertNever(verdict);
      }
    }
  }

  /**
   * While another worker has this very send, the history may already show its message. That worker may have crashed, and its
   * lease may last for many more seconds.
   */
  async #lookForMessage(after: string | null): Promise<Delivered | null> {
    const { clock, store } = this.#deps;
    const { scope, clientMessageId, sessionPublicId, signal } = this.#job;
    if (after === null || sessionPublicId === null || clock.steadyMs() < this.#lookAgainAtMs) return null;
    const history = this.#historyOf(sessionPublicId, after);
    const found = await history({ match: "same-content", allPages: false }, signal).catch(() => null);
    this.#lookAgainAtMs = clock.steadyMs() + this.#searchPauseMs;
    this.#searchPauseMs *= 2;
    if (found === null) return null;
    const { id: messageId, createdAt } = found;
    const sent = { clientMessageId, bodyHash: this.#bodyHash, messageId, createdAt, sealedSession: null };
    // If the send is recorded with another message, the next claim returns that message.
    if ((await store.adopt(scope, sent, "found")) !== "done") return null;
    return { ...this.#toReplay(sent), how: "reconciled" };
  }

  /** `claim-again`: the lease is lost, or another worker has recorded the send. */
  async #workUnderLease(
    { lease: claimed, record }: ClaimVerdict & { readonly kind: "claimed" },
    claimedAtMs: number,
  ): Promise<Delivered | "claim-again"> {
    const { clock, store, telemetry } = this.#deps;
    const { scope, sessionPublicId, deadlineMs, signal } = this.#job;
    const opensSession = sessionPublicId === null;
    const openedSession = record.sealedSession === null ? null : scope.open(record.sealedSession);
    const scopeSettledAtMs = clock.steadyMs() + record.settleInMs;
    // Measured before the store reports since when it has records.
    const waitedMs = clock.steadyMs() - (deadlineMs - SUBMIT_MS);
    const start = (coveredForMs: number | null) => {
      const attempt = this.#attempt;
      return startState(record, { attempt, openedSession, coveredForMs, waitedMs, nowMs: clock.steadyMs() });
    };
    const keeper = keepLease({ store, clock, lease: claimed, takenAtMs: claimedAtMs });
    let lease = claimed;
    let state = start(null);
    let history: HistorySearch | null = null;
    const handOver = () => store.settle(lease, toSettlement(state, clock.steadyMs(), scope.seal));
    try {
      const mayBePosted = state.name === "outcome-unknown" || waitedMs >= MIN_RETRY_MS;
      if (record.state === "new" && mayBePosted) state = start(await store.coveredForMs());
      if (record.state === "new" && state.name === "unsent" && lease.after === null) {
        lease = { ...lease, after: await this.#findAfter() };
        if (lease.after !== null && !(await store.renew(lease))) return "claim-again";
      }
      for (;;) {
        const step = nextStep(state, { nowMs: clock.steadyMs(), deadlineMs, opensSession });
        switch (step.name) {
          case "post":
            signal.throwIfAborted();
            if (!(await keeper.mayPost())) {
              await handOver();
              return "claim-again";
            }
            if (state.name === "outcome-unknown" && opensSession) telemetry.firstSendUnknown();
            state = await this.#post(step.from, scopeSettledAtMs);
            break;
          case "wait":
            await sleep(step.inMs, signal);
            break;
          case "search":
            if (step.inMs > 0) {
              // Timers may fire early, so the machine is asked again afterwards.
              await sleep(step.inMs, signal);
              break;
            }
            history ??= this.#historyOf(this.#sessionOf(step.from), lease.after);
            state = await this.#search(history, step);
            break;
          case "record": {
            const verdict = await this.#record(lease, step.message);
            if (verdict === "taken") {
              state = afterTakenMessage(step.message, clock.steadyMs());
              if (step.message.foundIn) break;
              await handOver();
            }
            if (verdict === "lease-lost") await handOver();
            return typeof verdict === "string" ? "claim-again" : verdict;
          }
          case "stop":
            throw toProblemError(step.problem);
          default:
            assertNever(step);
        }
      }
    } catch (error) {
      await handOver();
      throw error;
    } finally {
      keeper.stop();
    }
  }

  async #post(before: Unsent | OutcomeUnknown, scopeSettledAtMs: number): Promise<SendState> {
    const { client, clock } = this.#deps;
    const { send, sessionPublicId, signal } = this.#job;
    const { content, origin, sender } = send;
    const context = this.#context;
    const opensSession = sessionPublicId === null;
    const startedAtMs = clock.steadyMs();
    try {
      const sent = await client.send({ content, sessionPublicId, origin, sender, context }, signal);
      return afterAcceptedPost(before, sent, { nowMs: clock.steadyMs(), opensSession });
    } catch (error) {
      const nowMs = clock.steadyMs();
      const failure = failureOf(error);
      if (context.length > 0 && isInvalid(failure)) {
        // The platform's limit may be lower than ours, so the text is sent again without its footer.
        this.#context = [];
        return before;
      }
      return afterFailedPost(before, failure, { startedAtMs, nowMs, scopeSettledAtMs, opensSession });
    }
  }

  async #search(history: HistorySearch, step: SearchStep): Promise<SendState> {
    const { clock } = this.#deps;
    const startedAtMs = clock.steadyMs();
    try {
      const found = await history(step, this.#job.signal);
      if (found) return afterFoundMessage(step.from, found);
      return afterEmptySearch(step, startedAtMs, clock.steadyMs());
    } catch (error) {
      return afterFailedSearch(step.from, failureOf(error), clock.steadyMs());
    }
  }

  /**
   * The predecessor of a send that does not name one, in a session whose earlier sends are not recorded. Without it, an
   * older message with the same text could later be mistaken for this one.
   *
   * @throws ProblemError if the history cannot be listed now
   */
  async #findAfter(): Promise<string | null> {
    const { sessionPublicId, send, signal } = this.#job;
    if (sessionPublicId === null) return null;
    try {
      return await findNewestOwn(this.#deps.client, { sessionPublicId, origin: send.origin }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOfFirstListing(failureOf(error));
      if (problem) throw toProblemError(problem);
      return null;
    }
  }

  async #record(lease: Lease, onPlatform: OnPlatform): Promise<Delivered | Exclude<SettleVerdict, "done">> {
    const { clock, store } = this.#deps;
    const { messageId, openedSession, foundIn, posts } = onPlatform;
    const createdAt = onPlatform.createdAt ?? new Date(clock.epochMs()).toISOString();
    const isReconciled = foundIn?.name === "outcome-unknown";
    const verdict = await store.settle(lease, {
      state: "sent",
      messageId,
      createdAt,
      sealedSession: openedSession === null ? null : this.#job.scope.seal(openedSession),
      how: foundIn ? "found" : "named",
      settleInMs: isReconciled ? Math.max(0, foundIn.settledAtMs - clock.steadyMs()) : 0,
    });
    if (verdict !== "done") return verdict;
    if (openedSession !== null) await this.#recordInSession(openedSession, messageId, createdAt);
    return {
      kind: "delivered",
      sessionPublicId: this.#sessionOf(onPlatform),
      message: this.#toMessage(messageId, createdAt),
      how: isReconciled ? "reconciled" : "sent",
      replayed: foundIn !== null && posts === 0,
    };
  }

  /**
   * Also records a first message in its session's scope, for retries with the session's token, and so that no other send
   * claims the message.
   */
  async #recordInSession(sessionPublicId: string, messageId: string, createdAt: string): Promise<void> {
    const { store } = this.#deps;
    const { send, clientMessageId } = this.#job;
    const scope = createSessionScope(sessionPublicId);
    const bodyHash = scope.hashBody(send.content);
    const sent = { clientMessageId, bodyHash, messageId, createdAt, sealedSession: null };
    await store.adopt(scope, sent, "opened");
  }

  #historyOf(sessionPublicId: string, after: string | null): HistorySearch {
    const { send, clientMessageId } = this.#job;
    return createHistorySearch(this.#deps, {
      session: { sessionPublicId, origin: send.origin },
      scope: createSessionScope(sessionPublicId),
      clientMessageId,
      content: send.content,
      after,
    });
  }

  #sessionOf(state: OutcomeUnknown | Accepted | OnPlatform): string {
    const openedSession = state.name === "outcome-unknown" ? null : state.openedSession;
    const sessionPublicId = openedSession ?? this.#job.sessionPublicId;
    if (sessionPublicId === null) throw new Error("a message on the platform has a session");
    return sessionPublicId;
  }

  #toReplay({ messageId, createdAt, sealedSession }: SentRecord): Delivered {
    const { scope } = this.#job;
    const sessionPublicId = sealedSession === null ? this.#job.sessionPublicId : scope.open(sealedSession);
    if (sessionPublicId === null) throw new Error("the record of a first message names its session");
    const message = this.#toMessage(messageId, createdAt);
    return { kind: "delivered", sessionPublicId, message, how: "replayed", replayed: true };
  }

  #toMessage(id: string, createdAt: string): ChatMessage {
    const { clientMessageId, content } = this.#job.send;
    const message = { id, author: "visitor", content, createdAt } as const;
    return clientMessageId === null ? message : { ...message, clientMessageId };
  }

  /** Waits, but not beyond the submit's deadline. */
  async #pause(ms: number): Promise<void> {
    const { deadlineMs, signal } = this.#job;
    if (this.#deps.clock.steadyMs() + ms >= deadlineMs) throw new ProblemError("upstream_timeout");
    await sleep(ms, signal);
  }
}

const BUSY_POLL_MS = 200;
/** Minimum time before a caller retries a send that it has given up. */
const MIN_RETRY_MS = 100;
const FIRST_SEARCH_PAUSE_MS = 2_000;
const RETRY_AFTER_FULL_MS = 5_000;

function toProblemError({ code, retryAfterMs }: SendProblem): ProblemError {
  return new ProblemError(code, { retryAfterMs });
}

function isInvalid(failure: MailooFailure): boolean {
  return failure.kind === "refused" && INVALID.has(failure.status);
}

const INVALID: ReadonlySet<number> = new Set([400, 413, 422]);

/** Rejects with the signal's reason as soon as it aborts. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, signal);
  signal.throwIfAborted();
}

/** After any other error of a client, the request may have gone out. */
function failureOf(error: unknown): MailooFailure {
  return error instanceof MailooError ? error.failure : { kind: "no-answer", timedOut: false };
}
