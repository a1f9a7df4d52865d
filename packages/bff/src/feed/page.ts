import type { MessagePage } from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import { Bell } from "./bell.ts";
import { encodeCursor, type ShortHash } from "./cursor.ts";
import type { Feed } from "./feed.ts";
import type { HistoryRead } from "./history-read.ts";
import { toCursor, unreadPage } from "./history-view.ts";
import type { ResumePoint } from "./resume-point.ts";
import { toMessagePage } from "./subscription.ts";

export interface PageOptions {
  /** How long to hold out for a first message where nothing is unread. 0: not at all. */
  readonly waitMs: number;
  /** How long to hold out for the platform while nothing is known of the session. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Messages that come together are answered together. */
const GATHER_MS = 5;
/** How long a plain poll of a feed without a socket waits for a fresh look at the platform. */
const LOOK_MS = 1_000;
/** How long an answer waits for a listing where its cursor could not carry all that was pushed. */
const CONFIRM_MS = 2_000;

const NOTHING: ReadonlySet<ShortHash> = new Set();

/**
 * What a reader has not seen, or the first that comes within `waitMs`; empty when the wait is over or the signal aborts.
 *
 * @throws ProblemError `session_not_found`, `session_closed`, and, where the platform says nothing of the session,
 *   `upstream_unavailable`, `upstream_timeout`, `upstream_rejected`, `rate_limited`
 */
export async function readPage(feed: Feed, since: ResumePoint, options: PageOptions): Promise<MessagePage> {
  const begunAtMs = performance.now();
  const waitUntilMs = begunAtMs + options.waitMs;
  const giveUpAtMs = begunAtMs + Math.max(options.waitMs, options.patienceMs);
  let confirmUntilMs: number | null = null;
  let read: HistoryRead | null = null;
  let looked = false;
  for (;;) {
    if (feed.ended) throw new ProblemError(feed.ended === "closed" ? "session_closed" : "session_not_found");
    const over = options.signal.aborted || feed.stopped;
    const view = feed.history.view(since, read);
    if (view) {
      const page = unreadPage(view, since, NOTHING);
      if (page.foreign.size > 0 && !view.partial && !looked) feed.nudge();
      const waitMs = waitUntilMs - performance.now();
      if (page.entries.length > 0 && !over && feed.history.isOvercrowded) {
        confirmUntilMs ??= performance.now() + CONFIRM_MS;
        const confirmMs = confirmUntilMs - performance.now();
        if (confirmMs > 0) {
          feed.confirm();
          await feed.listed.wait(confirmMs, options.signal);
          continue;
        }
      }
      if (page.entries.length > 0 || over) return toMessagePage(page);
      if (waitMs > 0) {
        await feed.history.arrived.wait(waitMs, options.signal);
        await new Bell().wait(GATHER_MS, options.signal);
      } else if (!looked && feed.isStale(begunAtMs)) {
        looked = true;
        await feed.listed.wait(LOOK_MS, options.signal);
      } else {
        return toMessagePage(page);
      }
      continue;
    }
    if (over) return emptyPage(since);
    // Whether a session is really gone, the feed finds out by itself.
    if (feed.failure && !isAboutSession(feed.failure)) throw toProblem(feed.failure);
    const leftMs = giveUpAtMs - performance.now();
    if (leftMs <= 0) throw new ProblemError("upstream_timeout");
    try {
      read = await feed.reachBack(since, leftMs, options.signal);
    } catch (error) {
      if (options.signal.aborted || feed.stopped) return emptyPage(since);
      throw error instanceof MailooError ? toProblem(error.failure, error) : error;
    }
  }
}

/** Nothing was learnt: the reader stays where it is. */
function emptyPage(since: ResumePoint): MessagePage {
  const cursor = since.kind === "newest" ? null : encodeCursor(toCursor(since));
  return { messages: [], cursor, more: false, truncated: false };
}

/** Also a 404 that nothing supports: it may be over in a moment. */
function isAboutSession(failure: MailooFailure): boolean {
  if (failure.kind === "server-error") return failure.status === 404;
  return failure.kind === "session-unknown" || failure.kind === "session-closed";
}

function toProblem(failure: MailooFailure, cause?: MailooError): ProblemError {
  switch (failure.kind) {
    case "session-unknown":
      return new ProblemError("session_not_found", { cause });
    case "session-closed":
      return new ProblemError("session_closed", { cause });
    case "unreachable":
    case "server-error":
      return new ProblemError("upstream_unavailable", { cause, retryAfterSeconds: 2 });
    case "circuit-open":
    case "over-budget":
      return new ProblemError("upstream_unavailable", {
        cause,
        retryAfterSeconds: seconds(failure.retryAfterMs),
      });
    case "rate-limited":
      return new ProblemError("upstream_unavailable", {
        cause,
        retryAfterSeconds: seconds(failure.retryAfterMs ?? 1_000),
      });
    case "no-answer":
      return new ProblemError(failure.timedOut ? "upstream_timeout" : "upstream_unavailable", {
        cause,
        retryAfterSeconds: 2,
      });
    case "malformed":
    case "unauthorised":
    case "refused":
      return new ProblemError("upstream_rejected", { cause });
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
