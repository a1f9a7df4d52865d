import type { VisitorClaims } from "@mailoo-chat/protocol";
import { OUTBOX_SUFFIX } from "../launcher/stored-keys.ts";
import type { ChatErrorCode } from "./chat-client.ts";
import type { ChatStorage } from "./storage.ts";

/** A text on its way to the platform. Stored before the first attempt, forgotten when confirmed or discarded. */
export interface OutboxEntry {
  /** The `clientMessageId`, the same over all attempts. */
  readonly id: string;
  readonly content: string;
  /** Epoch milliseconds of this machine: what orders own texts among themselves, and nothing else. */
  readonly writtenAtMs: number;
  /** When the visitor last asked to try again, by the same clock. */
  readonly retriedAtMs?: number;
  /** How often it was posted; raised in storage before each post. */
  readonly attempt: number;
  /** Id of the newest own confirmed message when it was first posted: where a search for it begins. */
  readonly after: string | null;
  /** A tab has it on the wire, until then at the latest; 0 for none. */
  readonly claimedUntilMs: number;
  /** On the wire for so long that the visitor should know. */
  readonly isSlow?: boolean;
  /** Given up for this reason, until the visitor retries. */
  readonly failure: ChatErrorCode | null;
  readonly visitor: VisitorClaims;
  /** The fields of the visitor that the BFF has refused it for, by blanks: it waits until they are answered. */
  readonly lacks?: string;
}

/** Overflow rule: one text more is refused. */
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

/** The fields that texts in the outbox wait for. */
export function toLacking(entries: readonly OutboxEntry[]): readonly string[] {
  return entries.flatMap(({ lacks, failure }) => (lacks && !failure ? lacks.split(" ") : []));
}

export function writeOutbox(storage: ChatStorage, entry: OutboxEntry): void {
  storage.set(OUTBOX_SUFFIX + entry.id, entry);
}

export function removeFromOutbox(storage: ChatStorage, id: string): void {
  storage.set(OUTBOX_SUFFIX + id, null);
}
