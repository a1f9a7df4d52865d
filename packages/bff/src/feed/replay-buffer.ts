import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import { type ShortHash, shortHash, type Watermark } from "./cursor.ts";
import { createdMsOf } from "./listing.ts";

/**
 * The messages that a feed knows, newest last: by `createdAt`, equal times as the platform lists them, then by arrival. A
 * known id again replaces the message's fields and keeps its `clientMessageId`; it never adds an entry.
 *
 * Bounded by count and bytes. The oldest entries are evicted first, undelivered ones never, and {@link completeFromMs} moves
 * up with them: older messages must be read from the platform. Entries newer than the overlap stay, so that a late message
 * is recognised as new. Only beyond {@link HARD_FACTOR} times the count, or beyond the byte limit, they are evicted too; a
 * late message *below* them is then ignored.
 */
export class ReplayBuffer {
  readonly #limits: ReplayBufferLimits;
  readonly #byId = new Map<string, BufferedMessage>();
  #entries: BufferedMessage[] = [];
  #bytes = 0;
  #listedFromMs = Number.POSITIVE_INFINITY;
  #evicted: Watermark | null = null;
  /** Hashes of all evicted entries of exactly that millisecond. */
  #evictedThere = new Set<ShortHash>();

  constructor(limits: ReplayBufferLimits) {
    this.#limits = limits;
  }

  /** In order. */
  get entries(): readonly BufferedMessage[] {
    return this.#entries;
  }

  /** In order. */
  get undelivered(): readonly BufferedMessage[] {
    return this.#entries.filter((entry) => !entry.delivered);
  }

  isUndelivered(id: string): boolean {
    return this.#byId.get(id)?.delivered === false;
  }

  /** Whether more than `count` entries are newer than `createdMs`. */
  hasMoreAfter(createdMs: number, count: number): boolean {
    const entry = this.#entries[this.#entries.length - 1 - count];
    return entry !== undefined && entry.createdMs > createdMs;
  }

  /**
   * From this `createdAt` on, the buffer holds everything in the last complete listing. `+Infinity`: no listing was complete
   * yet; `-Infinity`: the buffer holds the history from its beginning.
   */
  get completeFromMs(): number {
    return Math.max(this.#listedFromMs, this.#evicted ? this.#evicted.ms + 1 : Number.NEGATIVE_INFINITY);
  }

  /** Whether a listing was complete, so that the history is known from {@link completeFromMs} on. */
  get isComplete(): boolean {
    return this.completeFromMs !== Number.POSITIVE_INFINITY;
  }

  /** The newest evicted entry. */
  get evicted(): Watermark | null {
    return this.#evicted;
  }

  /** A listing from `fromMs` is complete. Pushed messages from before that time are replayed history, and are removed. */
  markCompleteFrom(fromMs: number): void {
    this.#listedFromMs = Math.min(this.#listedFromMs, fromMs);
    const isReplayed = (entry: BufferedMessage) => entry.createdMs < fromMs && entry.source === "push";
    for (const entry of this.#entries.filter(isReplayed)) this.#remove(entry);
  }

  /**
   * Adds one answer of the platform, oldest first. Returns false if it has nothing new. A new order of known messages is
   * delivered, but does not count as new.
   *
   * @param newestFirst how the platform lists: its page may be cut at the older end
   */
  addListed(messages: readonly ChatMessage[], newestFirst: boolean): boolean {
    let news = false;
    for (const message of messages) if (this.add(message, "listing")) news = true;
    this.#takeOrderFrom(messages, newestFirst);
    return news;
  }

  /** Returns false if nothing changed that subscribers must receive. */
  add(message: ChatMessage, source: MessageSource): boolean {
    const known = this.#byId.get(message.id);
    if (known) return this.#replace(known, message, source);
    const createdMs = createdMsOf(message);
    const hash = shortHash(message.id, createdMs);
    if (source !== "send" && this.#isPast(createdMs, hash)) return false;
    const entry = { message, createdMs, hash, source, delivered: false, revised: false };
    this.#byId.set(message.id, entry);
    this.#bytes += sizeOf(message);
    this.#insert(entry);
    return true;
  }

  /** Evicts the oldest entries until the limits are kept, or the oldest is undelivered. */
  trim(): void {
    const { maxMessages, maxBytes } = this.#limits;
    const keepFromMs = (this.#entries.at(-1)?.createdMs ?? 0) - OVERLAP_MS;
    let evicted = 0;
    for (const entry of this.#entries) {
      const count = this.#entries.length - evicted;
      const isOld = count > maxMessages && entry.createdMs < keepFromMs;
      const mustGo = isOld || count > maxMessages * HARD_FACTOR || this.#bytes > maxBytes;
      if (!entry.delivered || !mustGo) break;
      evicted += 1;
      this.#evict(entry);
    }
    this.#entries.splice(0, evicted);
  }

  #evict(entry: BufferedMessage): void {
    this.#byId.delete(entry.message.id);
    this.#bytes -= sizeOf(entry.message);
    // A provisional time may be earlier than entries that were evicted.
    if (this.#evicted && entry.createdMs < this.#evicted.ms) return;
    if (entry.createdMs !== this.#evicted?.ms) this.#evictedThere.clear();
    this.#evictedThere.add(entry.hash);
    this.#evicted = { ms: entry.createdMs, last: entry.hash };
  }

  /** An unknown id from before the complete part is not new: it is history that the buffer does not hold. */
  #isPast(createdMs: number, hash: ShortHash): boolean {
    if (this.#listedFromMs === Number.POSITIVE_INFINITY) return false;
    if (createdMs === this.#evicted?.ms) return this.#evictedThere.has(hash);
    return createdMs < this.completeFromMs;
  }

  #replace(entry: BufferedMessage, next: ChatMessage, source: MessageSource): boolean {
    const before = entry.message;
    const clientMessageId = next.clientMessageId ?? before.clientMessageId;
    // A message as listed or pushed by the platform is never replaced by the answer to its send.
    const base = source === "send" && entry.source !== "send" ? before : next;
    const message = clientMessageId === undefined ? base : { ...base, clientMessageId };
    this.#bytes += sizeOf(message) - sizeOf(before);
    entry.message = message;
    if (base === next) {
      if (entry.source !== "listing") entry.source = source;
      if (message.createdAt !== before.createdAt) this.#move(entry, createdMsOf(message));
    }
    const isRevised =
      message.content !== before.content ||
      message.createdAt !== before.createdAt ||
      message.clientMessageId !== before.clientMessageId;
    if (isRevised && entry.delivered) {
      this.#markRevised(entry);
      this.#keepEqualTimesInOrder(entry);
    }
    return isRevised;
  }

  #move(entry: BufferedMessage, createdMs: number): void {
    if (createdMs === entry.createdMs) return;
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.createdMs = createdMs;
    entry.hash = shortHash(entry.message.id, createdMs);
    this.#insert(entry);
  }

  /** After all entries of the same millisecond. */
  #insert(entry: BufferedMessage): void {
    const at = this.#entries.findLastIndex((other) => other.createdMs <= entry.createdMs);
    this.#entries.splice(at + 1, 0, entry);
  }

  #remove(entry: BufferedMessage): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#byId.delete(entry.message.id);
    this.#bytes -= sizeOf(entry.message);
  }

  /** Within one millisecond, listed messages have the answer's order, and precede those that it does not list. */
  #takeOrderFrom(answer: readonly ChatMessage[], newestFirst: boolean): void {
    const before = this.#entries;
    const places = new Map(answer.map((message, place) => [message.id, place]));
    // Such a page may lack messages of its oldest time, so it does not define their order.
    const cutMs = newestFirst ? this.#byId.get(answer[0]?.id ?? "")?.createdMs : undefined;
    const isCut = before.some((entry) => entry.createdMs === cutMs && !places.has(entry.message.id));
    const placeOf = (entry: BufferedMessage) =>
      isCut && entry.createdMs === cutMs ? 0 : (places.get(entry.message.id) ?? answer.length);
    this.#entries = before.toSorted((a, b) => a.createdMs - b.createdMs || placeOf(a) - placeOf(b));
    for (const group of groupsOfEqualTime(this.#entries)) {
      const placeBefore = (entry: BufferedMessage) => (entry.delivered ? before.indexOf(entry) : null);
      for (const entry of outOfPlace(group, placeBefore)) this.#markRevised(entry);
    }
  }

  /** Clients place the revised entry after all others of its millisecond, so the following entries are delivered again. */
  #keepEqualTimesInOrder(entry: BufferedMessage): void {
    const following = this.#entries.slice(this.#entries.indexOf(entry) + 1);
    for (const next of following) if (next.createdMs === entry.createdMs) this.#markRevised(next);
  }

  #markRevised(entry: BufferedMessage): void {
    if (!entry.delivered) return;
    entry.delivered = false;
    entry.revised = true;
  }
}

const HARD_FACTOR = 4;

export interface ReplayBufferLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** How a message became known. A `send` may have a provisional `createdAt`. */
export type MessageSource = "listing" | "push" | "send";

export interface BufferedMessage {
  message: ChatMessage;
  /** Of `message.createdAt`, epoch milliseconds. */
  createdMs: number;
  /** Identifies it in cursors. */
  hash: ShortHash;
  source: MessageSource;
  /** False: not delivered to the subscribers yet, or changed since. Hidden from pages until then. */
  delivered: boolean;
  /** Changed since it was first delivered. */
  revised: boolean;
}

/** Estimated memory of a message, in bytes. */
function sizeOf(message: ChatMessage): number {
  return 256 + 2 * (message.content.length + message.id.length);
}

/*
 * Messages of the same millisecond have the order in which the platform lists them. A client places each message that it
 * receives after all others of that millisecond. If a client has another order, everything from the first misplaced message
 * on is delivered again, in order.
 */

/** The runs of two or more entries with the same `createdMs`. */
export function* groupsOfEqualTime<T extends { readonly createdMs: number }>(
  entries: readonly T[],
): Generator<readonly T[]> {
  for (let start = 0; start < entries.length; ) {
    const ms = entries[start]?.createdMs;
    let end = start + 1;
    while (end < entries.length && entries[end]?.createdMs === ms) end += 1;
    if (end - start > 1) yield entries.slice(start, end);
    start = end;
  }
}

/**
 * The entries of a group, given in the platform's order, that a client must receive again to have it in order.
 *
 * @param placeOf the client's place for an entry, as a number to compare; null: the client does not have it
 */
export function outOfPlace<T>(group: readonly T[], placeOf: (entry: T) => number | null): readonly T[] {
  let last = Number.NEGATIVE_INFINITY;
  const first = group.findIndex((entry) => {
    const place = placeOf(entry);
    if (place === null || place < last) return true;
    last = place;
    return false;
  });
  return first < 0 ? [] : group.slice(first);
}
