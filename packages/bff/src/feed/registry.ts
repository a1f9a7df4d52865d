import type { ChatMessage, MessagePage, UpstreamState } from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";
import { silentTelemetry, type Telemetry } from "../lib/telemetry.ts";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import type { ReplayBufferLimits } from "./buffer.ts";
import { Feed, type FeedDeps } from "./feed.ts";
import { HintHabits, ListingHabits } from "./habits.ts";
import type { FeedState } from "./machine.ts";
import { FEED_POLICY, type FeedPolicy } from "./machine.ts";
import { readPage } from "./page.ts";
import type { ResumePoint } from "./resume-point.ts";
import { type FeedListener, Subscription } from "./subscription.ts";

/**
 * One feed a session, shared by all its sockets and polls. A feed starts with its first subscriber and lingers
 * a while after its last.
 */
export interface FeedRegistry {
  /**
   * Joins a session's feed. Resolves with what the subscriber has missed as soon as that is known, or after
   * `withinMs` with an empty, `catching-up` page: what was missed then follows through the listener, in order,
   * before anything newer. The listener is never called before the promise has resolved, and nothing falls
   * between the page and its first call.
   *
   * Where more than a page was missed, the page says `more`, and the rest follows through the listener as well, in
   * order: who asks for it with `page` from the page's cursor instead meets known ids.
   *
   * Rejects with a `ProblemError`: `session_not_found`, `overloaded`, `draining`, and, only where nothing at all
   * could be learnt before `withinMs`, nothing: slowness is `catching-up`, not an error.
   */
  subscribe(
    session: SessionRef,
    since: ResumePoint,
    listener: FeedListener,
    options: {
      readonly withinMs: number;
      /**
       * Takes what was missed, beyond a small first page, in pages for slow networks; the last one has `more` false.
       * Left out: the first page is as large as a page may be, and the rest goes to the listener.
       */
      readonly onPage?: (page: MessagePage) => void;
    },
  ): Promise<FeedSubscription>;

  /**
   * For `GET messages`: what was missed, or, where nothing was, the first that comes within `waitMs`.
   * Resolves with an empty page when the wait is over, the signal aborts, or the registry drains.
   * Rejects with a `ProblemError`, here also `upstream_unavailable` / `upstream_timeout` / `upstream_rejected`.
   */
  page(
    session: SessionRef,
    since: ResumePoint,
    options: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<MessagePage>;

  /**
   * A message that a send has just put on the platform, so that no tab waits for its echo. Where the echo came first, the
   * message is handed out again, now with its `clientMessageId`; an echo that changes nothing is not.
   */
  publish(sessionPublicId: string, message: ChatMessage): void;

  readonly size: { readonly feeds: number; readonly byMode: Readonly<Record<FeedState["name"], number>> };

  /** Held pages are answered empty, new work is refused with `draining`; sockets stay until `close()`. */
  drain(): void;
  /** Ends every feed. Idempotent. */
  close(): Promise<void>;
}

export interface FeedSubscription {
  readonly page: MessagePage;
  readonly upstream: UpstreamState;
  /** Idempotent; the listener is not called afterwards. */
  close(): void;
}

export interface FeedRegistryOptions {
  readonly client: MailooClient;
  /** @default silent */
  readonly telemetry?: Telemetry;
  /** Timing of the feeds; what is left out is {@link FEED_POLICY}. */
  readonly policy?: Partial<FeedPolicy>;
  /**
   * Most feeds at a time. Where one more is wanted, the one that has lingered longest without a reader goes; where all
   * are read, the newcomer is refused with `overloaded`. @default 20000
   */
  readonly maxFeeds?: number;
  /** What one feed keeps at most. @default 300 messages, 512 KiB */
  readonly buffer?: ReplayBufferLimits;
  /** How long what is pushed waits for older messages that are being listed. @default 10000 ms */
  readonly holdMs?: number;
  /** How long a page without `wait` may take while nothing is known of the session yet. @default 10000 ms */
  readonly patienceMs?: number;
  /** Between two pages that a socket is sent. @default 100 ms */
  readonly pageGapMs?: number;
  /** Evenly drawn from [0, 1). @default Math.random */
  readonly random?: () => number;
}

export function createFeedRegistry(options: FeedRegistryOptions): FeedRegistry {
  const { client, telemetry = silentTelemetry, random = Math.random } = options;
  const { maxFeeds = 20_000, holdMs = 10_000, patienceMs = 10_000, pageGapMs = 100 } = options;
  const feeds = new Map<string, Feed>();
  /** Without readers, the longest first. */
  const lingering = new Set<Feed>();
  const draining = new AbortController();

  const deps: FeedDeps = {
    client,
    telemetry,
    policy: { ...FEED_POLICY, ...options.policy },
    buffer: options.buffer ?? { maxMessages: 300, maxBytes: 512 * 1024 },
    holdMs,
    habits: new ListingHabits(),
    hints: new HintHabits(),
    random,
    onStopped(feed) {
      lingering.delete(feed);
      if (feeds.get(feed.session.sessionPublicId) === feed) feeds.delete(feed.session.sessionPublicId);
    },
  };

  function join(session: SessionRef, since: ResumePoint): Feed {
    if (draining.signal.aborted) throw new ProblemError("draining", { retryAfterSeconds: 1 });
    const feed = feeds.get(session.sessionPublicId) ?? open(session, since);
    lingering.delete(feed);
    feed.join();
    return feed;
  }

  function open(session: SessionRef, since: ResumePoint): Feed {
    if (feeds.size >= maxFeeds) {
      const [longest] = lingering;
      if (!longest) {
        telemetry.limitHit("feeds");
        throw new ProblemError("overloaded", { retryAfterSeconds: 10 });
      }
      longest.stop();
    }
    const feed = new Feed(deps, session, since);
    feeds.set(session.sessionPublicId, feed);
    return feed;
  }

  function leave(feed: Feed): void {
    feed.leave();
    if (feed.readers === 0 && !feed.stopped) lingering.add(feed);
  }

  return {
    async subscribe(session, since, listener, { withinMs, onPage }) {
      const feed = join(session, since);
      const subscription = new Subscription(feed, since, listener, {
        holdMs,
        pageGapMs,
        random,
        onPage,
      });
      let open = true;
      const close = () => {
        if (!open) return;
        open = false;
        subscription.close();
        leave(feed);
      };
      try {
        const { page, upstream } = await subscription.begin(withinMs);
        return { page, upstream, close };
      } catch (error) {
        close();
        throw error;
      }
    },

    async page(session, since, { waitMs, signal }): Promise<MessagePage> {
      const feed = join(session, since);
      try {
        const until = AbortSignal.any([signal, draining.signal]);
        return await readPage(feed, since, { waitMs, patienceMs, signal: until });
      } finally {
        leave(feed);
      }
    },

    publish(sessionPublicId, message) {
      feeds.get(sessionPublicId)?.publish(message);
    },

    get size() {
      const byMode: Record<FeedState["name"], number> = {
        dormant: 0,
        live: 0,
        polling: 0,
        "backing-off": 0,
        ended: 0,
      };
      for (const feed of feeds.values()) byMode[feed.state.name] += 1;
      return { feeds: feeds.size, byMode };
    },

    drain() {
      draining.abort();
    },

    async close() {
      draining.abort();
      for (const feed of [...feeds.values()]) feed.stop();
    },
  };
}
