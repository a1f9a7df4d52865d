import { randomUUID } from "node:crypto";
import type { ChatMessage, ProblemCode } from "@mailoo-chat/protocol";
import { type Clock, systemClock } from "../lib/clock.ts";
import { isSessionOver, ProblemError } from "../lib/problem-error.ts";
import { type SendSettlement, silentTelemetry, type Telemetry } from "../lib/telemetry.ts";
import type { MailooClient } from "../platform/client.ts";
import { type Delivered, type JobOutcome, type Moved, type SendJob, SendRun } from "./run-send.ts";
import { createSessionScope, type Send, toSealedScope } from "./scope.ts";
import type { SendStore } from "./store.ts";
import { SUBMIT_MS } from "./timing.ts";

export type SendService = ReturnType<typeof createSendService>;

export interface SendOutcome {
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  /** An earlier call had delivered it, so the answer is 200 instead of 201. */
  readonly replayed: boolean;
}

/** A message that a call has delivered to the platform, or has found there after an unknown outcome. */
export interface AcceptedSend {
  readonly send: Send;
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  /** It has opened the session. */
  readonly opened: boolean;
}

export interface SendServiceOptions {
  readonly client: MailooClient;
  readonly store: SendStore;
  readonly telemetry?: Telemetry;
  /**
   * Called for each message as soon as it is known to be on the platform, even if its caller has disconnected. Called twice
   * only if two replicas find it at the same time. Must not throw.
   */
  readonly onAccepted?: ((accepted: AcceptedSend) => void) | undefined;
  readonly clock?: Clock;
  /** Maximum sends in flight; further ones are refused with `overloaded`. @default 5_000 */
  readonly maxOpen?: number;
  /** Maximum sends waiting for one session; further ones are refused with `overloaded`. @default 64 */
  readonly maxOpenPerScope?: number;
}

/**
 * Delivers a visitor's message to the platform exactly once, despite failures: admits sends, joins calls with the same id,
 * and runs the sends of a scope sequentially (`run-send.ts`).
 */
export function createSendService(options: SendServiceOptions) {
  const { client, store, telemetry = silentTelemetry, onAccepted, clock = systemClock } = options;
  const { maxOpen = 5_000, maxOpenPerScope = 64 } = options;
  const deps = { client, store, telemetry, clock };
  const queue = createScopeQueue(maxOpenPerScope);
  const jobs = new Map<string, OpenJob>();
  const open = new Set<OpenSubmit>();
  let state: "open" | "draining" | "halted" = "open";

  /**
   * Resolves when the message is known to be on the platform.
   *
   * @throws ProblemError `client_message_id_reused`, `session_not_found`, `session_closed`, `upstream_rejected`,
   *   `upstream_unavailable`, `upstream_timeout` (outcome still unknown after 20 s: the record stays pending),
   *   `overloaded`, `draining`
   */
  async function submit(send: Send): Promise<SendOutcome> {
    if (state !== "open") throw drainingProblem();
    if (open.size >= maxOpen) throw new ProblemError("overloaded", { retryAfterMs: 1_000 });
    const { promise, resolve, reject } = Promise.withResolvers<Delivered>();
    // The send continues after that, and the next attempt finds its record.
    const timer = setTimeout(() => reject(new ProblemError("upstream_timeout")), SUBMIT_MS);
    const done = deliver(send)
      .then(resolve, reject)
      .then(() => void open.delete(openSubmit));
    const openSubmit: OpenSubmit = { giveUp: reject, done };
    open.add(openSubmit);
    try {
      const { sessionPublicId, message, replayed, how } = await promise;
      telemetry.sendSettled(how);
      return { sessionPublicId, message, replayed };
    } catch (error) {
      telemetry.sendSettled(settlementOf(error));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(send: Send): Promise<Delivered> {
    const deadlineMs = clock.steadyMs() + SUBMIT_MS;
    const clientMessageId = send.clientMessageId ?? randomUUID();
    const begun = send.attempt > 1 ? await findScope(send, clientMessageId) : send.scope;
    const scope = toSealedScope(begun);
    const sessionPublicId = begun.kind === "session" ? begun.sessionPublicId : null;
    const job = { send, clientMessageId, scope, sessionPublicId, deadlineMs };
    for (let moves = 1; ; moves += 1) {
      const outcome = await join(job);
      if (outcome.kind === "delivered") return accepted(send, outcome, sessionPublicId === null);
      try {
        return accepted(send, await continueIn(outcome, job), false);
      } catch (error) {
        if (!isSessionOver(error) || moves === MAX_MOVES) throw error;
        // The visitor's key must not stay bound to a dead session, so this message opens a new one.
        await store.forgetSession(scope, outcome.sealedSession);
      }
    }
  }

  function accepted(send: Send, delivered: Delivered, opened: boolean): Delivered {
    const { sessionPublicId, message, how } = delivered;
    if (how !== "replayed") onAccepted?.({ send, sessionPublicId, message, opened });
    return delivered;
  }

  /** A repeated send continues in the scope in which it began. */
  async function findScope({ scope, earlierScopes = [] }: Send, clientMessageId: string) {
    for (const earlier of earlierScopes) {
      if (await store.has(toSealedScope(earlier), clientMessageId)) return earlier;
    }
    return scope;
  }

  async function continueIn({ sessionPublicId, mayBeSent }: Moved, job: NewJob): Promise<Delivered> {
    const outcome = await join({ ...job, sessionPublicId, scope: createSessionScope(sessionPublicId) });
    if (outcome.kind === "moved") throw new Error("a session leads to no other session");
    if (mayBeSent && outcome.how === "sent") telemetry.firstSendUnknown();
    return outcome;
  }

  /** Calls with the same id share one job. */
  async function join(job: NewJob): Promise<JobOutcome> {
    const { content } = job.send;
    const name = `${job.scope.key}:${job.clientMessageId}`;
    for (let running = jobs.get(name); running; running = jobs.get(name)) {
      if (running.content !== content) throw new ProblemError("client_message_id_reused");
      const outcome = await orTimedOut(running.outcome);
      if (outcome?.kind === "delivered") return { ...outcome, how: "replayed", replayed: true };
      if (outcome?.kind === "moved") return outcome;
    }
    if (state === "halted") throw drainingProblem();
    const halt = new AbortController();
    const run = new SendRun(deps, { ...job, signal: halt.signal });
    const outcome = queue.run(job.scope.key, () => run.run());
    jobs.set(name, { content, outcome, halt });
    try {
      return await outcome;
    } finally {
      jobs.delete(name);
    }
  }

  /**
   * Refuses new sends with `draining`, and finishes open ones. After `graceMs` those are answered `draining` as well, with
   * their records left pending.
   */
  async function drain(graceMs: number): Promise<void> {
    if (state === "open") state = "draining";
    await allDoneWithin(graceMs);
    state = "halted";
    for (const { giveUp } of open) giveUp(drainingProblem());
    for (const { halt } of jobs.values()) halt.abort(drainingProblem());
    await allDoneWithin(HALT_MS);
  }

  async function allDoneWithin(ms: number): Promise<void> {
    const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([timeIsUp, Promise.all([...open].map(({ done }) => done))]);
    clearTimeout(timer);
  }

  return {
    submit,
    /** Sends in flight. */
    get size(): number {
      return open.size;
    },
    drain,
    close: () => drain(0),
  };
}

/** How often a first message may find its session dead during one submit. */
const MAX_MOVES = 2;

/** How long halted sends may take to write their records. */
const HALT_MS = 1_000;

type NewJob = Omit<SendJob, "signal">;

interface OpenJob {
  readonly content: string;
  readonly outcome: Promise<JobOutcome>;
  readonly halt: AbortController;
}

interface OpenSubmit {
  giveUp(problem: ProblemError): void;
  /** Never rejects. */
  readonly done: Promise<void>;
}

function drainingProblem(): ProblemError {
  return new ProblemError("draining", { retryAfterMs: 1_000 });
}

/** Null: the job has reached its deadline. A caller that joined it later still has time. */
async function orTimedOut(outcome: Promise<JobOutcome>): Promise<JobOutcome | null> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof ProblemError && error.code === "upstream_timeout") return null;
    throw error;
  }
}

function settlementOf(error: unknown): SendSettlement {
  const isPending = error instanceof ProblemError && PENDING.has(error.code);
  return isPending ? "pending" : "refused";
}

const PENDING: ReadonlySet<ProblemCode> = new Set([
  "upstream_timeout",
  "upstream_unavailable",
  "overloaded",
  "draining",
]);

/** Runs the tasks of one key sequentially, and those of different keys concurrently. */
function createScopeQueue(maxPerKey: number) {
  const lanes = new Map<string, { count: number; last: Promise<unknown> }>();

  return {
    /** @throws ProblemError `overloaded` */
    async run<T>(key: string, task: () => Promise<T>): Promise<T> {
      const lane = lanes.get(key) ?? { count: 0, last: Promise.resolve() };
      if (lane.count >= maxPerKey) throw new ProblemError("overloaded", { retryAfterMs: 1_000 });
      lanes.set(key, lane);
      lane.count += 1;
      const done = lane.last.then(task, task);
      lane.last = done;
      try {
        return await done;
      } finally {
        lane.count -= 1;
        if (lane.count === 0) lanes.delete(key);
      }
    },
  };
}
