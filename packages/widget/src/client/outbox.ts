import type { ContextValues, VisitorClaims } from "@mailoo-chat/protocol";
import { OUTBOX_SUFFIX } from "../launcher/stored-keys.ts";
import type { ChatErrorCode } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";
import type { ChatStorage } from "./storage.ts";

/** A text on its way to the platform. Stored before the first attempt, removed when confirmed or discarded. */
export interface OutboxEntry {
  /** The `clientMessageId`, the same over all attempts. */
  readonly id: string;
  readonly content: string;
  /** Epoch milliseconds of this machine. Orders own texts among themselves, and nothing else. */
  readonly writtenAtMs: number;
  /** When the visitor last asked to try again, by the same clock. */
  readonly retriedAtMs?: number;
  /** How often it was posted; raised in storage before each post. */
  readonly attempt: number;
  /** Id of the newest own confirmed message when it was first posted: a search for it begins there. */
  readonly after: string | null;
  /** A tab is posting it, until then at the latest; 0 for none. */
  readonly claimedUntilMs: number;
  /** Posting takes so long that the visitor should know. */
  readonly isSlow?: boolean;
  /** Given up for this reason, until the visitor retries. */
  readonly failure: ChatErrorCode | null;
  readonly visitor: VisitorClaims;
  /** What the owner is told with it, in all attempts. */
  readonly context?: ContextValues | undefined;
  /** Fields of the visitor, separated by blanks, that the BFF has refused it for: it waits until they are answered. */
  readonly lacks?: string;
}

/** Overflow rule: one more text is refused. */
export const OUTBOX_MAX_ENTRIES = 100;

/**
 * Own texts that are not confirmed yet, in the order they were written. Each has a storage key of its own, so
 * that two tabs never overwrite each other's.
 */
export function readOutbox(storage: ChatStorage): readonly OutboxEntry[] {
  return storage
    .keys(OUTBOX_SUFFIX)
    .map((suffix) => storage.get(suffix) as unknown as OutboxEntry) // the storage's version says that an outbox wrote it
    .filter(({ id, content, writtenAtMs }) => id && typeof content === "string" && writtenAtMs)
    .sort((a, b) => a.writtenAtMs - b.writtenAtMs || (a.id < b.id ? -1 : 1));
}

export function findInOutbox(storage: ChatStorage, id: string): OutboxEntry | undefined {
  return readOutbox(storage).find((entry) => entry.id === id);
}

/** @throws ChatError `overloaded` if there is no room. */
export function addToOutbox(
  storage: ChatStorage,
  entry: Pick<OutboxEntry, "id" | "content" | "failure" | "visitor" | "context">,
): void {
  const before = readOutbox(storage);
  if (before.length >= OUTBOX_MAX_ENTRIES) throw new ChatError("overloaded");
  writeOutbox(storage, {
    ...entry,
    // Own texts stay in order even if the clock is set back.
    writtenAtMs: Math.max(Date.now(), ...before.map(({ writtenAtMs }) => writtenAtMs + 1)),
    attempt: 0,
    after: null,
    claimedUntilMs: 0,
  });
}

export function writeOutbox(storage: ChatStorage, entry: OutboxEntry): void {
  storage.set(OUTBOX_SUFFIX + entry.id, entry);
}

export function retryInOutbox(storage: ChatStorage, id: string): void {
  const entry = findInOutbox(storage, id);
  if (entry) writeOutbox(storage, { ...entry, failure: null, retriedAtMs: Date.now() });
}

/** The session is over: nothing that waits can be sent any more. */
export function closeOutbox(storage: ChatStorage): void {
  for (const entry of readOutbox(storage)) {
    if (!entry.failure) writeOutbox(storage, { ...entry, failure: "closed" });
  }
}

export function removeFromOutbox(storage: ChatStorage, id: string): void {
  storage.set(OUTBOX_SUFFIX + id, null);
}

/** The fields that these texts wait for. */
export function toLacking(entries: readonly OutboxEntry[]): readonly string[] {
  return entries.flatMap(({ lacks, failure }) => (lacks && !failure ? lacks.split(" ") : []));
}
