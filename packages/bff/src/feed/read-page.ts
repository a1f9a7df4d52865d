import type { MessagePage } from "@mailoo-chat/protocol";
import { pause } from "../lib/notifier.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import type { ResumePoint } from "./cursor.ts";
import type { Feed } from "./feed.ts";
import type { OlderHistory } from "./history-pages.ts";
import { emptyPage, toMessagePage, unreadPage } from "./unread-page.ts";

export interface PageOptions {
  /** How long to wait for a first message if nothing is unread. 0: not at all. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** How long to wait for the platform while nothing is known about the session. */
const PLATFORM_WAIT_MS = 10_000;
/** Messages that arrive within this time are returned in one answer. */
const GATHER_MS = 5;
/** How long a plain poll of a feed without a socket waits for a sync. */
const SYNC_WAIT_MS = 1_000;
/** How long an answer waits for a sync if its cursor could not carry all pushed messages. */
const CONFIRM_WAIT_MS = 2_000;

/**
 * For `GET messages`: the messages that a client has not seen, or the first one that arrives within `waitMs`. Empty if none
 * arrives, or if the signal aborts.
 *
 * @throws ProblemError `session_not_found`, `session_closed`, and, if the platform does not answer about the session,
 *   `upstream_unavailable`, `upstream_timeout`, `upstream_rejected`
 */
export async function readPage(
  feed: Feed,
  since: ResumePoint,
  { waitMs, signal }: PageOptions,
): Promise<MessagePage> {
  const begunAtMs = performance.now();
  const waitUntilMs = begunAtMs + waitMs;
  const giveUpAtMs = begunAtMs + Math.max(waitMs, PLATFORM_WAIT_MS);
  let confirmUntilMs: number | null = null;
  let older: OlderHistory | null = null;
  let hasSynced = false;
  for (;;) {
    feed.throwIfEnded();
    const isOver = signal.aborted || feed.stopped;
    const view = feed.history.view(since, older);
    if (!view) {
      if (isOver) return emptyPage(since);
      older = await reachBack(feed, since, giveUpAtMs - performance.now(), signal);
      continue;
    }
    const page = unreadPage(view, since);
    if (isOver) return toMessagePage(page);
    if (page.unknown.size > 0 && !view.partial && !hasSynced) feed.requestSync();
    if (page.entries.length > 0) {
      if (!feed.history.isOverCursorLimit) return toMessagePage(page);
      confirmUntilMs ??= performance.now() + CONFIRM_WAIT_MS;
      const confirmInMs = confirmUntilMs - performance.now();
      if (confirmInMs <= 0) return toMessagePage(page);
      feed.requestConfirmation();
      await feed.synced.wait(confirmInMs, signal);
      continue;
    }
    const leftMs = waitUntilMs - performance.now();
    if (leftMs > 0) {
      await feed.history.delivered.wait(leftMs, signal);
      await pause(GATHER_MS, signal);
    } else if (!hasSynced && feed.isStale(begunAtMs)) {
      hasSynced = true;
      await feed.synced.wait(SYNC_WAIT_MS, signal);
    } else {
      return toMessagePage(page);
    }
  }
}

/** See `Feed.reachBack`. @throws ProblemError if the platform fails or does not answer in time */
async function reachBack(
  feed: Feed,
  since: ResumePoint,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<OlderHistory | null> {
  // The feed itself verifies whether the session is gone.
  if (feed.failure && !isAboutSession(feed.failure)) throw toProblem(feed.failure);
  if (timeoutMs <= 0) throw new ProblemError("upstream_timeout");
  try {
    return await feed.reachBack(since, timeoutMs, signal);
  } catch (error) {
    if (signal.aborted || feed.stopped) return null;
    throw error instanceof MailooError ? toProblem(error.failure, error) : error;
  }
}

/** A 404 that does not come from the platform may also be temporary. */
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
    case "malformed":
    case "unauthorised":
    case "refused":
      return new ProblemError("upstream_rejected", { cause });
    case "unreachable":
    case "server-error":
      return new ProblemError("upstream_unavailable", { cause, retryAfterMs: 2_000 });
    case "no-answer": {
      const code = failure.timedOut ? "upstream_timeout" : "upstream_unavailable";
      return new ProblemError(code, { cause, retryAfterMs: 2_000 });
    }
    case "circuit-open":
    case "over-budget":
    case "rate-limited":
      return new ProblemError("upstream_unavailable", {
        cause,
        retryAfterMs: failure.retryAfterMs ?? 1_000,
      });
  }
}
