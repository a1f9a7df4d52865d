import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ListQuery, MailooClient, OutgoingMessage, SentMessage } from "../../src/platform/client.ts";
import { MailooError, type MailooFailure } from "../../src/platform/errors.ts";
import { withFooter, withoutFooter } from "../../src/platform/footer.ts";

/** What the platform does with one POST. */
export type PostFate =
  | { readonly kind: "accept"; readonly afterMs?: number; readonly named?: boolean; readonly dated?: boolean }
  /** Commits at once or later, or never, and answers with a failure. */
  | {
      readonly kind: "fail";
      readonly failure: MailooFailure;
      readonly afterMs?: number;
      /** Counted from the arrival; null: never. */
      readonly commitAfterMs: number | null;
    };

/** A platform in memory, behind the face of a `MailooClient`: sessions, messages, and a fate for every POST. */
export interface ModelPlatform {
  readonly client: MailooClient;
  /** As the owner reads them, with their footers. */
  readonly sessions: ReadonlyMap<string, readonly ChatMessage[]>;
  /** Every POST that reached the platform, in order. */
  readonly posts: readonly OutgoingMessage[];
  readonly lists: readonly ListQuery[];
  /** Fates of the next POSTs; then `accept`. */
  plan(...fates: readonly PostFate[]): void;
  planLists(...failures: readonly (MailooFailure | "ok")[]): void;
  /** Something that the visitor or the owner said before, or by another way. */
  say(sessionPublicId: string, content: string, author?: ChatMessage["author"]): ChatMessage;
  close(sessionPublicId: string): void;
  /** How the platform shows what it stored. */
  show(transform: (content: string) => string): void;
  contents(sessionPublicId: string): readonly string[];
}

export function createModelPlatform(clockSkewMs = 0): ModelPlatform {
  const sessions = new Map<string, ChatMessage[]>();
  const closed = new Set<string>();
  const posts: OutgoingMessage[] = [];
  const lists: ListQuery[] = [];
  const fates: PostFate[] = [];
  const listFates: (MailooFailure | "ok")[] = [];
  let transform = (content: string) => content;
  let lastId = 0;
  let lastSession = 0;

  function commit(sessionPublicId: string, content: string, author: ChatMessage["author"] = "visitor") {
    lastId += 1;
    const createdAt = new Date(Date.now() + clockSkewMs).toISOString();
    const message: ChatMessage = { id: `m${lastId}`, author, content: transform(content), createdAt };
    const messages = sessions.get(sessionPublicId) ?? [];
    sessions.set(sessionPublicId, messages);
    messages.push(message);
    return message;
  }

  async function send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage> {
    const fate = fates.shift() ?? { kind: "accept" };
    if (fate.kind === "fail" && NEVER_ON_THE_WIRE.has(fate.failure.kind)) throw new MailooError(fate.failure);
    posts.push(message);
    if (message.sessionPublicId !== null && !isOpen(message.sessionPublicId)) {
      throw new MailooError({ kind: "session-unknown" });
    }
    const text = withFooter(message.content, message.context ?? []);
    lastSession += 1;
    const sessionPublicId = message.sessionPublicId ?? `s${lastSession}`;

    if (fate.kind === "fail") {
      if (fate.commitAfterMs === 0) commit(sessionPublicId, text);
      else if (fate.commitAfterMs !== null) {
        setTimeout(() => commit(sessionPublicId, text), fate.commitAfterMs);
      }
      await answerAfter(fate.afterMs ?? 0, signal);
      throw new MailooError(fate.failure);
    }
    const { id, createdAt } = commit(sessionPublicId, text);
    await answerAfter(fate.afterMs ?? 0, signal);
    return {
      sessionPublicId,
      messageId: fate.named === false ? null : id,
      createdAt: fate.dated === false ? null : createdAt,
    };
  }

  function isOpen(sessionPublicId: string): boolean {
    return sessions.has(sessionPublicId) && !closed.has(sessionPublicId);
  }

  async function list(query: ListQuery): Promise<readonly ChatMessage[]> {
    lists.push(query);
    const fate = listFates.shift() ?? "ok";
    if (fate !== "ok") throw new MailooError(fate);
    const messages = sessions.get(query.sessionPublicId);
    if (!messages || closed.has(query.sessionPublicId)) throw new MailooError({ kind: "session-unknown" });
    const { sinceMs } = query;
    return messages
      .filter(({ createdAt }) => sinceMs === null || Date.parse(createdAt) >= sinceMs)
      .map((message) => ({ ...message, content: withoutFooter(message.content) }));
  }

  return {
    client: {
      send,
      list,
      status: async () => ({ status: "online", welcomeMessage: null }),
      sessionIssued: () => {},
      openVisitorSocket: () => ({ close() {} }),
      createIntegration: async () => ({ integrationId: "integration" }),
      health: { everReached: true, keyRefused: false, originRefused: false, circuit: "closed" },
      load: { sends: { waiting: 0, inFlight: 0 }, reads: { waiting: 0, inFlight: 0 } },
      close: async () => {},
    },
    sessions,
    posts,
    lists,
    plan(...more) {
      fates.push(...more);
    },
    planLists(...more) {
      listFates.push(...more);
    },
    say: commit,
    close: (sessionPublicId) => void closed.add(sessionPublicId),
    show(next) {
      transform = next;
    },
    contents: (sessionPublicId) => (sessions.get(sessionPublicId) ?? []).map(({ content }) => content),
  };
}

const NEVER_ON_THE_WIRE: ReadonlySet<MailooFailure["kind"]> = new Set([
  "unreachable",
  "circuit-open",
  "over-budget",
]);

function answerAfter(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = () => reject(new MailooError({ kind: "no-answer", timedOut: false }));
    if (signal?.aborted) return cut();
    if (ms === 0) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      cut();
    });
  });
}
