import type { VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatErrorCode } from "./chat-client.ts";
import type { ChatStorage } from "./chat-storage.ts";
import { toText } from "./parse-wire.ts";

/** A text on its way to the platform. Stored before the first attempt, forgotten when confirmed or discarded. */
export interface OutboxEntry {
  /** The `clientMessageId`, the same over all attempts. */
  readonly id: string;
  readonly content: string;
  /** Epoch milliseconds of this machine: what orders own texts among themselves, and nothing else. */
  readonly writtenAtMs: number;
  /** How often it was posted; raised in storage before each post. */
  readonly attempt: number;
  /** Failed tries since the visitor last asked for it. */
  readonly tries: number;
  /** Id of the newest own confirmed message when it was first posted: where a search for it begins. */
  readonly after: string | null;
  /** A tab has it on the wire until then at the latest; 0 for none. */
  readonly busyUntilMs: number;
  readonly busyTab: string | null;
  /** Given up for this reason, until the visitor retries. */
  readonly failure: ChatErrorCode | null;
  readonly visitor: VisitorClaims;
}

/** Own texts not yet confirmed, one storage key each, so that two tabs never overwrite each other's. */
export interface Outbox {
  /** In the order they were written. The same array until `refresh()` or a change. */
  readonly entries: readonly OutboxEntry[];
  put(entry: OutboxEntry): void;
  remove(id: string): void;
  /** Reads what other tabs have changed. */
  refresh(): void;
}

/** Overflow rule: a text more is refused. */
export const OUTBOX_MAX_ENTRIES = 100;

export function createOutbox(storage: ChatStorage): Outbox {
  let entries: readonly OutboxEntry[] = [];

  function refresh(): void {
    entries = storage
      .list(PREFIX)
      .flatMap((suffix) => parseEntry(suffix.slice(PREFIX.length), storage.read(suffix)) ?? [])
      .sort((a, b) => a.writtenAtMs - b.writtenAtMs || (a.id < b.id ? -1 : 1));
  }

  refresh();
  return {
    get entries() {
      return entries;
    },
    put({ id, visitor, ...entry }) {
      storage.write(PREFIX + id, { ...entry, ...visitor });
      refresh();
    },
    remove(id) {
      storage.remove(PREFIX + id);
      refresh();
    },
    refresh,
  };
}

const PREFIX = "#out:";

function parseEntry(id: string, raw: Readonly<Record<string, unknown>> | null): OutboxEntry | null {
  const content = toText(raw?.content);
  if (!raw || !content) return null;
  const name = toText(raw.name);
  const email = toText(raw.email);
  const token = toText(raw.token);
  return {
    id,
    content,
    writtenAtMs: Number(raw.writtenAtMs) || 0,
    attempt: Number(raw.attempt) || 0,
    tries: Number(raw.tries) || 0,
    after: toText(raw.after),
    busyUntilMs: Number(raw.busyUntilMs) || 0,
    busyTab: toText(raw.busyTab),
    failure: toText(raw.failure) as ChatErrorCode | null, // written by this client only
    visitor: { ...(name && { name }), ...(email && { email }), ...(token && { token }) },
  };
}
