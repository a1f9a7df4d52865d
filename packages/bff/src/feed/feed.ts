import { assertNever, type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import type { Telemetry } from "../lib/telemetry.ts";
import type { MailooClient, SessionRef, VisitorSocket } from "../platform/client.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import { Bell } from "./bell.ts";
import type { ReplayBufferLimits } from "./buffer.ts";
import { encodeCursor } from "./cursor.ts";
import type { HintHabits, ListingHabits } from "./habits.ts";
import { FeedHistory } from "./history.ts";
import { type HistoryRead, neededFromMs, readHistory, toSinceMs } from "./history-read.ts";
import { toCursor } from "./history-view.ts";
import {
  askListing,
  beginListing,
  hidesDirection,
  type Listing,
  oldestFirst,
  outlineOf,
  stepListing,
  toConfirmedMs,
} from "./listing.ts";
import type { FeedEnd, FeedState } from "./machine.ts";
import {
  DORMANT,
  type FeedEffect,
  type FeedEvent,
  type FeedMachine,
  type FeedPolicy,
  type FeedTimer,
  isHolding,
  toFeedState,
  transition,
} from "./machine.ts";
import type { ResumePoint } from "./resume-point.ts";

/** What all feeds share. */
export interface FeedDeps {
  readonly client: MailooClient;
  readonly telemetry: Telemetry;
  readonly policy: FeedPolicy;
  readonly buffer: ReplayBufferLimits;
  /** How long what is pushed waits for the listing that catches up with a fresh connection. */
  readonly holdMs: number;
  readonly habits: ListingHabits;
  readonly hints: HintHabits;
  /** Evenly drawn from [0, 1). */
  readonly random: () => number;
  onStopped(feed: Feed): void;
}

/**
 * One session's way to the platform: its socket, its listings and its timers, as `machine.ts` decides. What comes of
 * them goes to the {@link FeedHistory}, which hands it out.
 */
export class Feed {
  readonly session: SessionRef;
  /** Rings when a listing has ended, well or not, and when the feed stops. */
  readonly listed = new Bell();
  readonly history: FeedHistory;

  readonly #deps: FeedDeps;
  readonly #timers: Partial<Record<FeedTimer | "hold", NodeJS.Timeout>> = {};
  readonly #abort = new AbortController();
  #machine: FeedMachine = DORMANT;
  #readers = 0;
  #stopped = false;
  #socket: VisitorSocket | null = null;
  #dial = 0;
  #startMs: number;
  #run: Run | null = null;
  #askedDirection = false;
  /** Kinds of the change hints that no listing has followed yet. */
  #hinted: Set<string> | null = null;
  #reads: Map<string, Promise<HistoryRead>> | null = null;
  #failure: MailooFailure | null = null;
  /** When a message was last pushed, sent, or listed after a hint. */
  #messageAtMs = Number.NEGATIVE_INFINITY;
  /** As far as any listing has got. */
  #tipMs: number | null = null;

  /** @param since where the first reader goes on: the feed needs nothing older than that. */
  constructor(deps: FeedDeps, session: SessionRef, since: ResumePoint) {
    this.#deps = deps;
    this.session = session;
    this.#startMs = startMs(since);
    this.history = new FeedHistory(deps.buffer);
  }

  get state(): FeedState {
    return toFeedState(this.#machine);
  }

  get ended(): FeedEnd | null {
    return this.#machine.phase.name === "ended" ? this.#machine.phase.reason : null;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get caughtUp(): boolean {
    return this.#machine.caughtUp;
  }

  /** Why the last listing failed; null after a good one. */
  get failure(): MailooFailure | null {
    return this.#failure;
  }

  /** What arrived in the last moments may not be known yet: there is no socket, and the last look was a while ago. */
  isStale(nowMs: number): boolean {
    return this.#machine.socket.name !== "open" && nowMs - this.#machine.listedAtMs > STALE_AFTER_MS;
  }

  get readers(): number {
    return this.#readers;
  }

  join(): void {
    this.#readers += 1;
    if (this.#readers === 1) this.#dispatch({ type: "joined" });
  }

  leave(): void {
    this.#readers -= 1;
    if (this.#readers === 0) this.#dispatch({ type: "left" });
  }

  /** A message that was just sent, and so is on the platform. */
  publish(message: ChatMessage): void {
    this.#hear(message, "send");
  }

  /** There is reason to think that the platform has more than is known here. */
  nudge(): void {
    this.#dispatch({ type: "rang" });
  }

  /** What was pushed should be confirmed by a listing now, and not when the conversation pauses. */
  confirm(): void {
    this.#dispatch({ type: "heard", crowded: true });
  }

  /**
   * Waits for what a view of the history needs: the feed's own listing, or a read of what is older. Resolves as well when the
   * time is over or the signal aborts.
   *
   * @throws MailooError where that read fails.
   */
  async reachBack(since: ResumePoint, timeoutMs: number, signal?: AbortSignal): Promise<HistoryRead | null> {
    const { isVouched, completeFromMs } = this.history;
    if (!isVouched || completeFromMs <= neededFromMs(since)) {
      await this.listed.wait(timeoutMs, signal);
      return null;
    }
    const reading = this.#read(since);
    const patience = new Bell();
    const settled = () => patience.ring();
    reading.then(settled, settled);
    return Promise.race([reading, patience.wait(timeoutMs, signal).then(() => null)]);
  }

  /** Idempotent. Nobody is called any more. */
  stop(): void {
    this.#stop(null);
  }

  #dispatch(event: FeedEvent): void {
    if (this.#stopped) return;
    const moment = { nowMs: performance.now(), random: this.#deps.random() };
    const [machine, effects] = transition(this.#machine, event, moment, this.#deps.policy);
    this.#machine = machine;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: FeedEffect): void {
    switch (effect.type) {
      case "dial":
        this.#dialSocket();
        break;
      case "hang-up":
        this.#hangUp();
        break;
      case "list":
        void this.#list(effect.thorough, effect.urgent);
        break;
      case "wake":
        this.#wake(effect.timer, effect.inMs, () => this.#dispatch(TIMER_EVENTS[effect.timer]));
        break;
      case "sleep":
        this.#sleep(effect.timer);
        break;
      case "stop":
        this.#stop(effect.reason);
        break;
      default:
        assertNever(effect);
    }
  }

  #dialSocket(): void {
    this.#dial += 1;
    const dial = this.#dial;
    const isCurrent = () => dial === this.#dial;
    const gone = () => {
      if (!isCurrent()) return;
      this.#dial += 1;
      this.#socket = null;
      this.#dispatch({ type: "closed" });
    };
    const socket = this.#deps.client.openVisitorSocket(this.session, {
      onOpen: () => isCurrent() && this.#dispatch({ type: "opened" }),
      onMessage: (message) => isCurrent() && this.#hear(message, "push"),
      onChangeHint: (frameKind) => isCurrent() && this.#hint(frameKind),
      onClose: gone,
    });
    if (isCurrent()) this.#socket = socket;
  }

  #hint(frameKind: string): void {
    if (!this.#deps.hints.isWorthAsking(frameKind, performance.now())) return;
    this.#hinted ??= new Set();
    if (this.#hinted.size < MAX_HINTED) this.#hinted.add(frameKind);
    this.#dispatch({ type: "rang" });
  }

  #hangUp(): void {
    this.#dial += 1;
    this.#socket?.close();
    this.#socket = null;
  }

  #wake(timer: FeedTimer | "hold", inMs: number, due: () => void): void {
    this.#sleep(timer);
    this.#timers[timer] = setTimeout(due, inMs);
  }

  #sleep(timer: FeedTimer | "hold"): void {
    clearTimeout(this.#timers[timer]);
    delete this.#timers[timer];
  }

  #stop(reason: FeedEnd | null): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#hangUp();
    for (const timer of ["dial", "listing", "linger", "hold"] as const) this.#sleep(timer);
    this.#abort.abort();
    this.#deps.onStopped(this);
    const subscribers = this.history.dismiss();
    if (reason) for (const subscriber of subscribers) subscriber.end(reason);
    this.listed.ring();
    this.history.arrived.ring();
  }

  #hear(message: ChatMessage, source: "push" | "send"): void {
    if (this.#stopped || !this.history.add(message, source)) return;
    this.#messageAtMs = performance.now();
    const { socket } = this.#machine;
    const heldForMs = socket.name === "open" ? performance.now() - socket.sinceMs : 0;
    if (!isHolding(this.#machine) || heldForMs >= this.#deps.holdMs) this.history.handOut(null);
    else if (!this.#timers.hold)
      this.#wake("hold", this.#deps.holdMs - heldForMs, () => {
        this.#sleep("hold");
        this.history.handOut(null);
      });
    this.#dispatch({ type: "heard", crowded: this.history.isCrowded });
  }

  async #list(thorough: boolean, urgent: boolean): Promise<void> {
    const run = this.#beginRun(thorough);
    for (let questions = 0; questions < QUESTIONS_AT_ONCE; questions += 1) {
      const answer = await this.#ask(run.listing, urgent ? "interactive" : "background");
      if (this.#stopped) return;
      if ("failure" in answer) return this.#interruptRun(run, answer.failure);
      if (answer.messages && hidesDirection(outlineOf(answer.messages))) await this.#learnDirection(urgent);
      if (this.#stopped) return;
      if (this.#takeAnswer(run, answer.messages)) return this.#finishRun(run);
    }
    this.#dispatch({ type: "listing-paused" });
  }

  async #ask(listing: Listing, priority: "interactive" | "background"): Promise<Answer> {
    const { client } = this.#deps;
    const query = { ...this.session, priority };
    try {
      return { messages: await askListing(client, listing, query, this.#abort.signal) };
    } catch (error) {
      return { failure: error instanceof MailooError ? error.failure : NO_ANSWER };
    }
  }

  /** Asks for the first page, once: it mostly shows in which direction the platform lists. */
  async #learnDirection(urgent: boolean): Promise<void> {
    if (this.#deps.habits.newestFirst !== null || this.#askedDirection) return;
    this.#askedDirection = true;
    const answer = await this.#ask(beginListing({ fromMs: null }), urgent ? "interactive" : "background");
    if ("messages" in answer) this.#deps.habits.note(outlineOf(answer.messages ?? []), performance.now());
  }

  #beginRun(thorough: boolean): Run {
    if (this.#run && this.#run.thorough === thorough) return this.#run;
    const { habits } = this.#deps;
    const pageAtLeast = habits.pageAtLeast(performance.now());
    const pagesBack = habits.pagesBack(performance.now());
    const { confirmedMs } = this.history;
    const startMs = confirmedMs === null ? this.#startMs : confirmedMs - OVERLAP_MS;
    const tipMs = this.#tipMs;
    const listing =
      thorough || tipMs === null
        ? beginListing({ fromMs: toSinceMs(startMs), knownMs: confirmedMs, pageAtLeast, pagesBack })
        : beginListing({
            fromMs: tipMs - 1,
            reachedMs: tipMs,
            knownMs: tipMs,
            pageAtLeast,
            pagesBack,
            thorough: false,
          });
    const hinted = this.#hinted;
    this.#hinted = null;
    const begunAtMs = performance.now();
    const run: Run = { thorough, listing, startMs, begunAtMs, hinted, news: false, failed: false };
    this.#run = run;
    return run;
  }

  /** Returns true where the listing is complete. */
  #takeAnswer(run: Run, answer: readonly ChatMessage[] | null): boolean {
    const { habits } = this.#deps;
    const outline = answer && outlineOf(answer);
    if (outline) habits.note(outline, performance.now());
    const newestFirst = habits.newestFirst ?? false;
    if (this.history.addListed(oldestFirst(answer ?? [], newestFirst), newestFirst)) run.news = true;
    const step = stepListing(run.listing, outline);
    habits.notePagesBack(step.listing.pagesBack, performance.now());
    if (step.possibleGap) this.#deps.telemetry.possibleGap();
    run.listing = step.listing;
    if (run.listing.reachedMs !== null) this.#tipMs = Math.max(this.#tipMs ?? 0, run.listing.reachedMs);
    // A long listing does not wait for its end to hand out what it has, or the buffer would have to hold it all.
    if (this.history.freshCount > MAX_FRESH) this.history.handOut(null);
    if (step.done && this.#isEmptyButFrom(run)) {
      // Nothing at all from where the first reader went on, not even what it had seen: that place cannot be trusted.
      this.#startMs = run.startMs = Number.NEGATIVE_INFINITY;
      run.listing = beginListing({ fromMs: null });
      return false;
    }
    return step.done;
  }

  #isEmptyButFrom(run: Run): boolean {
    return run.listing.reachedMs === null && !this.history.isVouched && toSinceMs(run.startMs) !== null;
  }

  #interruptRun(run: Run, failure: MailooFailure): void {
    this.#failure = failure;
    // The first listing may be long: it goes on where it stopped. Others begin anew.
    if (this.history.isVouched) this.#run = null;
    run.failed = true;
    this.#dispatch({ type: "listing-failed", failure, known: this.#known() });
    this.listed.ring();
  }

  #finishRun(run: Run): void {
    this.#run = null;
    this.#failure = null;
    this.#sleep("hold");
    if (run.news && this.#machine.caughtUp) this.#messageAtMs = performance.now();
    if (run.hinted) this.#learnFromHints(run.hinted, run.news);
    if (run.thorough) {
      this.history.vouch({
        fromMs: toSinceMs(run.startMs) === null ? Number.NEGATIVE_INFINITY : run.startMs,
        cutMs: run.listing.cutMs,
        reachedMs: run.listing.reachedMs,
        confirmedMs: toConfirmedMs(run.listing, performance.now() - run.begunAtMs),
      });
    } else {
      this.history.handOut(null);
    }
    this.#dispatch({ type: "listed", news: run.news, resumed: run.failed });
    this.listed.ring();
  }

  #learnFromHints(hinted: ReadonlySet<string>, news: boolean): void {
    // What a listing brings after a connect was there before, and what a hint stands for may have been pushed or sent.
    const counts = news ? this.#machine.caughtUp : performance.now() - this.#messageAtMs > HINT_OF_KNOWN_MS;
    if (counts) this.#deps.hints.answered(hinted, news);
  }

  #known(): "listed" | "told" | "no" {
    if (this.history.isVouched) return "listed";
    return this.#startMs === Number.NEGATIVE_INFINITY ? "no" : "told";
  }

  /** Readers who go on at the same place share one read. */
  #read(since: ResumePoint): Promise<HistoryRead> {
    this.#reads ??= new Map();
    const reads = this.#reads;
    const key = since.kind === "newest" ? "newest" : encodeCursor(toCursor(since));
    const known = reads.get(key);
    if (known) return known;
    const bufferFromMs = () => this.history.completeFromMs;
    const { client, habits } = this.#deps;
    const reading = readHistory(
      { client, habits, session: this.session },
      since,
      bufferFromMs,
      this.#abort.signal,
    );
    reads.set(key, reading);
    const forget = () => reads.delete(key);
    reading.then(forget, forget);
    return reading;
  }
}

type Answer = { readonly messages: readonly ChatMessage[] | null } | { readonly failure: MailooFailure };

const NO_ANSWER: MailooFailure = { kind: "no-answer", timedOut: false };

/** A listing under way. */
interface Run {
  readonly thorough: boolean;
  readonly begunAtMs: number;
  readonly hinted: ReadonlySet<string> | null;
  startMs: number;
  listing: Listing;
  news: boolean;
  /** On the way; it went on where it stopped. */
  failed: boolean;
}

const TIMER_EVENTS = {
  dial: { type: "dial-due" },
  listing: { type: "listing-due" },
  linger: { type: "linger-due" },
} as const satisfies Record<FeedTimer, FeedEvent>;

const QUESTIONS_AT_ONCE = 50;
const MAX_FRESH = 200;
const STALE_AFTER_MS = 1_000;
const MAX_HINTED = 10;
/** A hint this soon after a message may be about that message. */
const HINT_OF_KNOWN_MS = 10_000;

/**
 * Where a feed's first listing begins. A time is not trusted to be on the platform's clock, and a floor may stem from
 * one: both only narrow what their reader is handed.
 */
function startMs(since: ResumePoint): number {
  if (since.kind !== "cursor" || since.cursor.confirmedMs === 0) return Number.NEGATIVE_INFINITY;
  return since.cursor.confirmedMs - OVERLAP_MS;
}
