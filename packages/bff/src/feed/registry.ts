import type { ChatMessage, MessagePage, UpstreamState } from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";
import { silentTelemetry } from "../lib/telemetry.ts";
import type { SessionRef } from "../platform/client.ts";
import type { ResumePoint } from "./cursor.ts";
import { Feed, type FeedDeps } from "./feed.ts";
import { FEED_POLICY, type FeedMode, type FeedPolicy } from "./feed-machine.ts";
import { HintFilter } from "./hint-filter.ts";
import { PagingProfile } from "./history-pages.ts";
import { type PageOptions, readPage } from "./read-page.ts";
import { type FeedSubscriber, Subscription } from "./subscription.ts";

export type FeedRegistry = ReturnType<typeof createFeedRegistry>;

export interface SubscribeOptions {
  readonly withinMs: number;
  /**
   * Receives missed messages after a small first page, in pages for slow networks; the last one has `more` false. Without
   * it, the first page has the maximum size, and the rest goes to the subscriber.
   */
  readonly onPage?: (page: MessagePage) => void;
}

export interface FeedSubscription {
  readonly page: MessagePage;
  readonly upstream: UpstreamState;
  /** Idempotent; the subscriber is not called afterwards. */
  close(): void;
}

export interface FeedRegistryOptions
  extends Pick<FeedDeps, "client">,
    Partial<Pick<FeedDeps, "telemetry" | "buffer" | "random" | "onDelivered">> {
  /** Overrides {@link FEED_POLICY}. */
  readonly policy?: Partial<FeedPolicy>;
  /**
   * Maximum number of feeds. A further one replaces the feed that has lingered longest; if all have subscribers, it is
   * refused with `overloaded`. @default 20000
   */
  readonly maxFeeds?: number;
}

/**
 * One feed per session, shared by all its sockets and polls. A feed starts with its first subscriber, and lingers for a
 * while after the last one has left.
 */
export function createFeedRegistry(options: FeedRegistryOptions) {
  const { client, telemetry = silentTelemetry, maxFeeds = 20_000, random = Math.random } = options;
  const feeds = new Map<string, Feed>();
  /** Feeds without subscribers, the longest-lingering first. */
  const lingering = new Set<Feed>();
  const draining = new AbortController();

  const deps: FeedDeps = {
    client,
    telemetry,
    policy: { ...FEED_POLICY, ...options.policy },
    buffer: options.buffer ?? { maxMessages: 300, maxBytes: 512 * 1024 },
    paging: new PagingProfile(),
    hints: new HintFilter(),
    random,
    onDelivered: options.onDelivered,
    onStopped(feed) {
      lingering.delete(feed);
      if (feeds.get(feed.session.sessionPublicId) === feed) feeds.delete(feed.session.sessionPublicId);
    },
  };

  function acquire(session: SessionRef, since: ResumePoint): Feed {
    if (draining.signal.aborted) throw new ProblemError("draining", { retryAfterMs: 1_000 });
    const feed = feeds.get(session.sessionPublicId) ?? open(session, since);
    lingering.delete(feed);
    feed.acquire();
    return feed;
  }

  function open(session: SessionRef, since: ResumePoint): Feed {
    if (feeds.size >= maxFeeds) {
      const [longest] = lingering;
      if (!longest) {
        telemetry.limitHit("feeds");
        throw new ProblemError("overloaded", { retryAfterMs: 10_000 });
      }
      longest.stop();
    }
    const feed = new Feed(deps, session, since);
    feeds.set(session.sessionPublicId, feed);
    return feed;
  }

  function release(feed: Feed): void {
    feed.release();
    if (!feed.hasSubscribers && !feed.stopped) lingering.add(feed);
  }

  return {
    /**
     * Subscribes to a session's feed. Resolves with the missed messages as soon as they are known, or after `withinMs` with
     * an empty, `catching-up` page. The subscriber then receives the missed messages in order, before anything newer. The
     * subscriber is never called before the promise has resolved, and nothing is lost between the page and its first call.
     *
     * If more than a page was missed, the page says `more`, and the rest follows through the subscriber as well, in order. A
     * client that requests the rest itself, from the page's cursor, receives known ids again.
     *
     * @throws ProblemError `session_not_found`, `session_closed`, `overloaded`, `draining`; a slow or failing platform is `catching-up`
     */
    async subscribe(
      session: SessionRef,
      since: ResumePoint,
      subscriber: FeedSubscriber,
      { withinMs, onPage }: SubscribeOptions,
    ): Promise<FeedSubscription> {
      const feed = acquire(session, since);
      const subscription = new Subscription(feed, since, subscriber, { random, onPage });
      let isOpen = true;
      const close = () => {
        if (!isOpen) return;
        isOpen = false;
        subscription.close();
        release(feed);
      };
      try {
        return { ...(await subscription.begin(withinMs)), close };
      } catch (error) {
        close();
        throw error;
      }
    },

    /**
     * For `GET messages`, see {@link readPage}. A drain ends the wait as well.
     *
     * @throws ProblemError as `readPage` does, `overloaded`, `draining`
     */
    async page(
      session: SessionRef,
      since: ResumePoint,
      { waitMs, signal }: PageOptions,
    ): Promise<MessagePage> {
      const feed = acquire(session, since);
      try {
        return await readPage(feed, since, {
          waitMs,
          signal: AbortSignal.any([signal, draining.signal]),
        });
      } finally {
        release(feed);
      }
    },

    /**
     * Delivers a message that was just sent, so that no tab waits for its echo. If the echo came first, the message is
     * delivered again, now with its `clientMessageId`.
     */
    publish(sessionPublicId: string, message: ChatMessage): void {
      feeds.get(sessionPublicId)?.publish(message);
    },

    /** How many feeds there are in each mode. */
    get byMode(): Readonly<Record<FeedMode, number>> {
      const byMode = { dormant: 0, live: 0, polling: 0, "backing-off": 0, ended: 0 };
      for (const feed of feeds.values()) byMode[feed.mode] += 1;
      return byMode;
    },

    /** Held pages are answered empty, and new work is refused with `draining`. Sockets stay until `close()`. */
    drain(): void {
      draining.abort();
    },

    /** Ends every feed. Idempotent. */
    close(): void {
      draining.abort();
      for (const feed of [...feeds.values()]) feed.stop();
    },
  };
}
