import type { Author, ChatMessage } from "@mailoo-chat/protocol";
import type {
  ListQuery,
  MailooClient,
  SessionRef,
  VisitorSocketCallbacks,
} from "../../src/platform/client.ts";
import { MailooError, type MailooFailure } from "../../src/platform/errors.ts";

/**
 * A platform in memory as feeds see it: one session's history, and visitor sockets that can be dropped, refused, or made
 * mute; every fault is a plain switch.
 */
export class HistoryPlatform {
  readonly session: SessionRef = { sessionPublicId: "session", origin: "https://site.example" };
  /** In the platform's order: `createdAt`, then as they came. */
  readonly history: ChatMessage[] = [];
  readonly questions: ListQuery[] = [];
  /** Whether `since` includes its bound. */
  inclusive = true;
  pageLength = 1_000;
  /** Lists the newest page, newest first. */
  newestFirst = false;
  /** How it treats `before`. */
  before: "heeded" | "ignored" | "refused" = "ignored";
  latencyMs = 5;
  /** Every listing fails like this. */
  failure: MailooFailure | null = null;
  /** Upgrades: answered, answered with an HTTP error, or never answered. */
  upgrades: "accepted" | "refused" | "ignored" = "accepted";
  known = true;
  /** Sockets opened since the start. */
  dials = 0;
  /** `createdAt` of each message of the history. */
  readonly #times: number[] = [];
  readonly #sockets = new Map<object, VisitorSocketCallbacks>();
  #lastId = 0;

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Most messages of one millisecond. */
  get crowd(): number {
    const counts = new Map<number, number>();
    for (const ms of this.#times) counts.set(ms, (counts.get(ms) ?? 0) + 1);
    return Math.max(0, ...counts.values());
  }

  /** A message, now or up to `ageMs` ago, that is not pushed. */
  add(content = "hello", { ageMs = 0, author = "owner" as Author } = {}): ChatMessage {
    return this.addAt(Date.now() - ageMs, content, author);
  }

  addAt(createdMs: number, content = "hello", author: Author = "owner"): ChatMessage {
    this.#lastId += 1;
    const createdAt = new Date(createdMs).toISOString();
    const message: ChatMessage = { id: `m${this.#lastId}`, author, content, createdAt };
    const at = this.#times.findLastIndex((otherMs) => otherMs <= createdMs) + 1;
    this.history.splice(at, 0, message);
    this.#times.splice(at, 0, createdMs);
    return message;
  }

  forgetOldest(count: number): void {
    this.history.splice(0, count);
    this.#times.splice(0, count);
  }

  /** A message that is pushed to the sockets. */
  say(content = "hello", options: { ageMs?: number; author?: Author } = {}): ChatMessage {
    const message = this.add(content, options);
    this.push(message);
    return message;
  }

  push(message: ChatMessage): void {
    for (const listener of [...this.#sockets.values()]) listener.onMessage(message);
  }

  hint(frameKind = "something-happened"): void {
    for (const listener of [...this.#sockets.values()]) listener.onChangeHint(frameKind);
  }

  dropSockets(): void {
    const listeners = [...this.#sockets.values()];
    this.#sockets.clear();
    for (const listener of listeners) listener.onClose({ kind: "lost", code: 1006 });
  }

  readonly client: MailooClient = {
    list: (query, signal) => this.#list(query, signal),
    openVisitorSocket: (_session, listener) => {
      const socket = {};
      this.dials += 1;
      setTimeout(() => {
        if (closed || this.upgrades === "ignored") return;
        if (this.upgrades === "refused") return listener.onClose({ kind: "refused", code: 503 });
        this.#sockets.set(socket, listener);
        listener.onOpen();
      }, 2);
      let closed = false;
      return {
        close: () => {
          closed = true;
          this.#sockets.delete(socket);
        },
      };
    },
    send: () => Promise.reject(new MailooError({ kind: "refused", status: 405 })),
    status: () => Promise.resolve({ status: "online", welcomeMessage: null }),
    sessionIssued: () => {},
    createIntegration: () => Promise.reject(new MailooError({ kind: "refused", status: 405 })),
    health: { everReached: true, keyRefused: false, originRefused: false, circuit: "closed" },
    load: { sends: { waiting: 0, inFlight: 0 }, reads: { waiting: 0, inFlight: 0 } },
    close: () => Promise.resolve(),
  };

  async #list(query: ListQuery, signal?: AbortSignal): Promise<readonly ChatMessage[]> {
    this.questions.push(query);
    await passed(this.latencyMs / 2, signal);
    if (!this.known) throw new MailooError({ kind: "session-unknown" });
    if (this.failure) throw new MailooError(this.failure);
    const { sinceMs, beforeMs = null } = query;
    if (beforeMs !== null && this.before === "refused")
      throw new MailooError({ kind: "refused", status: 400 });
    const from = this.#times.findIndex(
      (ms) => sinceMs === null || ms > sinceMs || (this.inclusive && ms === sinceMs),
    );
    const isBefore = (message: ChatMessage) =>
      beforeMs === null || this.before === "ignored" || Date.parse(message.createdAt) < beforeMs;
    const found = from < 0 ? [] : this.history.slice(from).filter(isBefore);
    const answer = this.newestFirst
      ? found.slice(-this.pageLength).toReversed()
      : found.slice(0, this.pageLength);
    await passed(this.latencyMs / 2, signal);
    return answer;
  }
}

function passed(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = () => {
      clearTimeout(timer);
      reject(new MailooError({ kind: "no-answer", timedOut: false }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", cut);
      resolve();
    }, ms);
    if (signal?.aborted) cut();
    else signal?.addEventListener("abort", cut);
  });
}
