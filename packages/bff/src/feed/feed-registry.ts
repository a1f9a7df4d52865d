import type { ChatMessage, MessagePage, UpstreamState } from "@mailoo-chat/protocol";
import type { SessionRef } from "../platform/client.ts";
import type { ResumePoint } from "./resume-point.ts";

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

export interface FeedListener {
  /** `cursor` resumes after this message and everything handed out before it. */
  onMessage(message: ChatMessage, cursor: string): void;
  /** The session has ended; no call follows. */
  onEnded(reason: FeedEnd): void;
  /** The listener threw: it cannot have what it was to be told, and no call follows. */
  onFailed(error: unknown): void;
}

export interface FeedSubscription {
  readonly page: MessagePage;
  readonly upstream: UpstreamState;
  /** Idempotent; the listener is not called afterwards. */
  close(): void;
}

/** `session-unknown`: the platform does not know it. `closed`: the platform ended it. */
export type FeedEnd = "session-unknown" | "closed";

export type FeedState =
  | { readonly name: "dormant" }
  | { readonly name: "live" }
  | { readonly name: "polling" }
  | { readonly name: "backing-off"; readonly attempt: number }
  | { readonly name: "ended"; readonly reason: FeedEnd };
