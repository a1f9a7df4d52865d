import { assertNever, type ChatMessage } from "@mailoo-chat/protocol";
import { Notifier, pause } from "../lib/notifier.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { MailooClient, SessionRef, VisitorSocket } from "../platform/client.ts";
import type { MailooFailure } from "../platform/errors.ts";
import { encodeCursor, type ResumePoint, seenBelowMs, toCursor } from "./cursor.ts";
import {
  DORMANT,
  type FeedEffect,
  type FeedEnd,
  type FeedEvent,
  type FeedMachine,
  type FeedMode,
  type FeedPolicy,
  type FeedTimer,
  holdForMs,
  toMode,
  transition,
} from "./feed-machine.ts";
import type { HintFilter } from "./hint-filter.ts";
import { FeedHistory } from "./history.ts";
import {
  type HistorySource,
  type OlderHistory,
  type PagingProfile,
  readOlderHistory,
} from "./history-pages.ts";
import type { ReplayBufferLimits } from "./replay-buffer.ts";
import { HistorySync } from "./sync.ts";

/** Dependencies that all feeds share. */
export interface FeedDeps {
  readonly client: MailooClient;
  readonly telemetry: Telemetry;
  readonly policy: FeedPolicy;
  /** Limits of one feed's buffer. */
  readonly buffer: ReplayBufferLimits;
  readonly paging: PagingProfile;
  readonly hints: HintFilter;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Called for each message that a feed delivers, including older ones. Must not throw. */
  readonly onDelivered: ((sessionPublicId: string, message: ChatMessage) => void) | undefined;
  onStopped(feed: Feed): void;
}

/**
 * One session's connection to the platform: runs the socket, the syncs and the timers as `feed-machine.ts` decides. Messages
 * go to the {@link FeedHistory}, which delivers them.
 */
export class Feed {
  readonly session: SessionRef;
  readonly history: FeedHistory;
  /** Notified when a sync has succeeded or failed, and when the feed stops. */
  readonly synced = new Notifier();

  readonly #deps: FeedDeps;
  readonly #source: HistorySource;
  readonly #sync: HistorySync;
  readonly #timers = new Map<FeedTimer | "hold", NodeJS.Timeout>();
  readonly #stopping = new AbortController();
  /** Reads of older history in progress, by their start. */
  readonly #reads = new Map<string, Promise<OlderHistory>>();
  #machine: FeedMachine = DORMANT;
  #subscribers = 0;
  #socket: VisitorSocket | null = null;
  /** Kinds of the change hints since the last sync started. */
  #hints = new Set<string>();
  #failure: MailooFailure | null = null;

  /** @param since where the first subscriber resumes: the feed does not load older messages */
  constructor(deps: FeedDeps, session: SessionRef, since: ResumePoint) {
    this.#deps = deps;
    this.session = session;
    const { onDelivered } = deps;
    this.history = new FeedHistory(
      deps.buffer,
      onDelivered && ((message) => onDelivered(session.sessionPublicId, message)),
    );
    this.#source = { client: deps.client, session, paging: deps.paging };
    this.#sync = new HistorySync(this.#source, this.history, since, {
      onPossibleGap: () => deps.telemetry.possibleGap(),
      signal: this.#stopping.signal,
    });
  }

  get mode(): FeedMode {
    return toMode(this.#machine);
  }

  get ended(): FeedEnd | null {
    return this.#machine.phase.name === "ended" ? this.#machine.phase.reason : null;
  }

  /** @throws ProblemError `session_not_found` or `session_closed`, if the feed has ended */
  throwIfEnded(): void {
    if (this.ended) throw new ProblemError(this.ended === "closed" ? "session_closed" : "session_not_found");
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get caughtUp(): boolean {
    return this.#machine.caughtUp;
  }

  /** Why the last sync failed. Null if it succeeded. */
  get failure(): MailooFailure | null {
    return this.#failure;
  }

  /** The newest messages may be missing: there is no socket, and the last sync was a while ago. */
  isStale(nowMs: number): boolean {
    return this.#machine.openSinceMs === null && nowMs - this.#machine.syncedAtMs > STALE_AFTER_MS;
  }

  get hasSubscribers(): boolean {
    return this.#subscribers > 0;
  }

  acquire(): void {
    this.#subscribers += 1;
    if (this.#subscribers === 1) this.#dispatch({ type: "subscribed" });
  }

  release(): void {
    this.#subscribers -= 1;
    if (this.#subscribers === 0) this.#dispatch({ type: "unsubscribed" });
  }

  /** Adds a message that the platform has just accepted. */
  publish(message: ChatMessage): void {
    this.#add(message, "send");
  }

  /** Requests a sync, because the platform probably has messages that are unknown here. */
  requestSync(): void {
    this.#dispatch({ type: "hinted" });
  }

  /** Requests a full sync now to confirm the pushed messages, instead of waiting for a pause in the conversation. */
  requestConfirmation(): void {
    this.#dispatch({ type: "pushed", confirmNow: true });
  }

  /**
   * Waits until a view from `since` may be possible: for the feed's own sync, or for a read of older history. Also resolves
   * after `timeoutMs`, or when the signal aborts.
   *
   * @throws MailooError if that read fails
   */
  async reachBack(since: ResumePoint, timeoutMs: number, signal?: AbortSignal): Promise<OlderHistory | null> {
    const { isComplete, completeFromMs } = this.history.buffer;
    if (!isComplete || completeFromMs <= seenBelowMs(toCursor(since))) {
      await this.synced.wait(timeoutMs, signal);
      return null;
    }
    const waited = new AbortController();
    const limit = signal ? AbortSignal.any([signal, waited.signal]) : waited.signal;
    try {
      return await Promise.race([this.#readOlder(since), pause(timeoutMs, limit).then(() => null)]);
    } finally {
      waited.abort();
    }
  }

  #dispatch(event: FeedEvent): void {
    if (this.stopped) return;
    const moment = { nowMs: performance.now(), random: this.#deps.random() };
    const [machine, effects] = transition(this.#machine, event, moment, this.#deps.policy);
    this.#machine = machine;
    for (const effect of effects) this.#runEffect(effect);
  }

  #runEffect(effect: FeedEffect): void {
    switch (effect.type) {
      case "connect":
        this.#connect();
        break;
      case "sync":
        void this.#runSync(effect.full, effect.urgent);
        break;
      case "set-timer":
        this.#setTimer(effect.timer, effect.inMs, () => this.#dispatch({ type: `${effect.timer}-due` }));
        break;
      case "clear-timer":
        this.#clearTimer(effect.timer);
        break;
      case "stop":
        this.stop(effect.reason);
        break;
      default:
        assertNever(effect);
    }
  }

  #connect(): void {
    this.#socket = this.#deps.client.openVisitorSocket(this.session, {
      onOpen: () => this.#dispatch({ type: "opened" }),
      onMessage: (message) => this.#add(message, "push"),
      onChangeHint: (frameKind) => this.#hint(frameKind),
      onClose: () => {
        this.#socket = null;
        this.#dispatch({ type: "closed" });
      },
    });
  }

  #hint(frameKind: string): void {
    if (!this.#deps.hints.isWorthSync(frameKind, performance.now())) return;
    if (this.#hints.size < MAX_HINTS) this.#hints.add(frameKind);
    this.#dispatch({ type: "hinted" });
  }

  #takeHints(): ReadonlySet<string> {
    const hints = this.#hints;
    this.#hints = new Set();
    return hints;
  }

  #add(message: ChatMessage, source: "push" | "send"): void {
    if (this.stopped || !this.history.buffer.add(message, source)) return;
    const inMs = holdForMs(this.#machine, performance.now());
    if (inMs === 0) this.history.deliver(null);
    else if (!this.#timers.has("hold")) this.#setTimer("hold", inMs, () => this.history.deliver(null));
    this.#dispatch({ type: "pushed", confirmNow: this.history.isNearCursorLimit });
  }

  async #runSync(full: boolean, urgent: boolean): Promise<void> {
    const outcome = await this.#sync.run(full, urgent, () => this.#takeHints());
    if (this.stopped) return;
    switch (outcome.type) {
      case "paused":
        this.#dispatch({ type: "sync-paused" });
        return;
      case "failed":
        this.#failure = outcome.failure;
        this.#dispatch({ type: "sync-failed", failure: outcome.failure, known: this.#sync.known });
        break;
      case "complete": {
        const { complete, hints, news, resumed } = outcome;
        this.#failure = null;
        this.#clearTimer("hold");
        this.#learnFromHints(hints, news);
        if (complete) this.history.markComplete(complete);
        else this.history.deliver(null);
        this.#dispatch({ type: "synced", news, resumed });
        break;
      }
      default:
        assertNever(outcome);
    }
    this.synced.notify();
  }

  #learnFromHints(hints: ReadonlySet<string>, news: boolean): void {
    // After a connect, new messages may be older than the hint. Without any, the message may already be known here.
    const quietForMs = performance.now() - this.#machine.activeAtMs;
    const isEvidence = news ? this.caughtUp : quietForMs > HINT_OF_KNOWN_MS;
    if (isEvidence) this.#deps.hints.learn(hints, news);
  }

  /** Subscribers that resume at the same position share one read. */
  #readOlder(since: ResumePoint): Promise<OlderHistory> {
    const key = since === "newest" ? since : encodeCursor(since);
    const known = this.#reads.get(key);
    if (known) return known;
    const bufferFromMs = () => this.history.buffer.completeFromMs;
    const reading = readOlderHistory(this.#source, since, bufferFromMs, this.#stopping.signal);
    this.#reads.set(key, reading);
    const forget = () => this.#reads.delete(key);
    reading.then(forget, forget);
    return reading;
  }

  #setTimer(timer: FeedTimer | "hold", inMs: number, onDue: () => void): void {
    this.#clearTimer(timer);
    const timeout = setTimeout(() => {
      this.#timers.delete(timer);
      onDue();
    }, inMs);
    this.#timers.set(timer, timeout);
  }

  #clearTimer(timer: FeedTimer | "hold"): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  /** Idempotent. @param reason passed to the subscribers; null: they are not called */
  stop(reason: FeedEnd | null = null): void {
    if (this.stopped) return;
    this.#stopping.abort();
    this.#socket?.close();
    for (const timeout of this.#timers.values()) clearTimeout(timeout);
    this.#deps.onStopped(this);
    const recipients = [...this.history.recipients];
    this.history.recipients.clear();
    if (reason) for (const recipient of recipients) recipient.end(reason);
    this.synced.notify();
    this.history.delivered.notify();
  }
}

const STALE_AFTER_MS = 1_000;
const MAX_HINTS = 10;
/** A hint within this time after a message may be caused by that message. */
const HINT_OF_KNOWN_MS = 10_000;
