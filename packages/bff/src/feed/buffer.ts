import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import { type CursorFloor, type ShortHash, shortHash } from "./cursor.ts";
import { createdMsOf } from "./listing.ts";
import { misplaced, tiesIn } from "./ties.ts";

/**
 * What a feed knows of its session, newest last: `createdAt`, ties as the platform lists them, then arrival. A known id
 * again replaces fields and keeps its `clientMessageId`; it never adds an entry.
 *
 * News is marked `fresh` until it has been handed out; what is fresh is invisible to readers who join, since they will
 * be handed it with everybody else.
 *
 * Bounded by count and bytes. The oldest entries go first, never a fresh one, and {@link completeFromMs} moves up with
 * them: whoever must read further back asks the platform. What is younger than the overlap stays, so that a late message
 * can be told from a known one; only at {@link HARD_FACTOR} times the count, or at the limit of bytes, it goes as well, and
 * then what comes late *below* it is not news any more.
 */
export class ReplayBuffer {
  readonly #limits: ReplayBufferLimits;
  readonly #byId = new Map<string, BufferedMessage>();
  #entries: BufferedMessage[] = [];
  #bytes = 0;
  #freshCount = 0;
  #vouchedFromMs = Number.POSITIVE_INFINITY;
  #evicted: CursorFloor | null = null;
  /** Hashes of all that had to go at that very millisecond. */
  #evictedThere: Set<ShortHash> | null = null;

  constructor(limits: ReplayBufferLimits) {
    this.#limits = limits;
  }

  /** In order. */
  get entries(): readonly BufferedMessage[] {
    return this.#entries;
  }

  get freshCount(): number {
    return this.#freshCount;
  }

  /** In order. Mostly one, and the newest: so they are looked for from the end, and no further than the last of them. */
  freshEntries(): readonly BufferedMessage[] {
    const fresh: BufferedMessage[] = [];
    for (let at = this.#entries.length - 1; fresh.length < this.#freshCount && at >= 0; at -= 1) {
      const entry = this.#entries[at];
      if (entry?.fresh) fresh.push(entry);
    }
    return fresh.reverse();
  }

  /** Whether more than `count` are younger than a time. */
  hasMoreAfter(createdMs: number, count: number): boolean {
    const entry = this.#entries[this.#entries.length - 1 - count];
    return entry !== undefined && entry.createdMs > createdMs;
  }

  /**
   * From this `createdAt` on nothing is missing that the last complete listing could see. `+Infinity`: nothing is
   * vouched for yet; `-Infinity`: the history is here from its beginning.
   */
  get completeFromMs(): number {
    return Math.max(this.#vouchedFromMs, this.#evicted ? this.#evicted.ms + 1 : Number.NEGATIVE_INFINITY);
  }

  /** The youngest entry that had to go. */
  get evicted(): CursorFloor | null {
    return this.#evicted;
  }

  /** Known, and about to be handed out. */
  isFresh(id: string): boolean {
    return this.#byId.get(id)?.fresh === true;
  }

  /** A listing that began at `fromMs` is complete. What lies before was replayed from a past that readers know. */
  vouchFrom(fromMs: number): void {
    this.#vouchedFromMs = Math.min(this.#vouchedFromMs, fromMs);
    const strangers = this.#entries.filter((entry) => entry.createdMs < fromMs && entry.source === "push");
    for (const entry of strangers) this.#remove(entry);
  }

  /**
   * One answer of the platform, oldest first. Returns false where nothing changed that a reader should hear of; a new order
   * of known messages is handed out and is no news.
   *
   * @param newestFirst how the platform lists: a page may be cut at its older end.
   */
  addListed(messages: readonly ChatMessage[], newestFirst: boolean): boolean {
    let news = false;
    for (const message of messages) if (this.add(message, "listing")) news = true;
    this.#takeOrderFrom(messages, newestFirst);
    return news;
  }

  /** Returns false where nothing changed that a reader should hear of. */
  add(message: ChatMessage, source: MessageSource): boolean {
    const known = this.#byId.get(message.id);
    if (known) return this.#replace(known, message, source);
    const createdMs = createdMsOf(message);
    const hash = shortHash(message.id, createdMs);
    if (source !== "send" && this.#isPast(createdMs, hash)) return false;
    const entry: BufferedMessage = {
      message,
      createdMs,
      hash,
      source,
      fresh: true,
      revised: false,
    };
    this.#byId.set(message.id, entry);
    this.#bytes += sizeOf(message);
    this.#freshCount += 1;
    this.#insert(entry);
    return true;
  }

  markDelivered(entry: BufferedMessage): void {
    if (!entry.fresh) return;
    entry.fresh = false;
    this.#freshCount -= 1;
  }

  /** Lets the oldest entries go until the limits are kept, or the oldest is fresh. */
  trim(): void {
    const { maxMessages, maxBytes } = this.#limits;
    const keepFromMs = (this.#entries.at(-1)?.createdMs ?? 0) - OVERLAP_MS;
    let gone = 0;
    for (const entry of this.#entries) {
      const count = this.#entries.length - gone;
      const old = count > maxMessages && entry.createdMs < keepFromMs;
      if (entry.fresh || !(old || count > maxMessages * HARD_FACTOR || this.#bytes > maxBytes)) break;
      gone += 1;
      this.#evict(entry);
    }
    if (gone > 0) this.#entries = this.#entries.slice(gone);
  }

  #evict(entry: BufferedMessage): void {
    this.#byId.delete(entry.message.id);
    this.#bytes -= sizeOf(entry.message);
    // A provisional time may lie before what went earlier.
    if (this.#evicted && entry.createdMs < this.#evicted.ms) return;
    if (entry.createdMs !== this.#evicted?.ms) this.#evictedThere = new Set();
    this.#evictedThere?.add(entry.hash);
    this.#evicted = { ms: entry.createdMs, last: entry.hash };
  }

  /** Before what is vouched for, an unknown id is not news but a past that is not kept here. */
  #isPast(createdMs: number, hash: ShortHash): boolean {
    if (this.#vouchedFromMs === Number.POSITIVE_INFINITY) return false;
    if (createdMs === this.#evicted?.ms) return this.#evictedThere?.has(hash) === true;
    return createdMs < this.completeFromMs;
  }

  #replace(entry: BufferedMessage, next: ChatMessage, source: MessageSource): boolean {
    const { message: before } = entry;
    const clientMessageId = next.clientMessageId ?? before.clientMessageId;
    const told = clientMessageId === undefined ? next : { ...next, clientMessageId };
    // Every listing tells most of it again: what is kept stays, so that what was parsed anew is gone before it grows old.
    const message = isSameMessage(told, before) ? before : told;
    const createdMs = message.createdAt === before.createdAt ? entry.createdMs : createdMsOf(message);
    // The platform's word on an own message counts more than what its send could tell.
    if (source === "send" && entry.source !== "send") {
      entry.message = { ...before, ...(clientMessageId === undefined ? {} : { clientMessageId }) };
    } else {
      this.#bytes += sizeOf(message) - sizeOf(before);
      entry.message = message;
      if (entry.source !== "listing") entry.source = source;
      if (createdMs !== entry.createdMs) this.#move(entry, createdMs);
    }
    const notable =
      entry.message.content !== before.content ||
      entry.message.createdAt !== before.createdAt ||
      entry.message.clientMessageId !== before.clientMessageId;
    if (notable && !entry.fresh) {
      this.#markRevised(entry);
      this.#keepTiesInOrder(entry);
    }
    return notable;
  }

  #move(entry: BufferedMessage, createdMs: number): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.createdMs = createdMs;
    entry.hash = shortHash(entry.message.id, createdMs);
    this.#insert(entry);
  }

  /** Behind everything of the same millisecond. */
  #insert(entry: BufferedMessage): void {
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.createdMs ?? 0) > entry.createdMs) at -= 1;
    this.#entries.splice(at, 0, entry);
  }

  #remove(entry: BufferedMessage): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#byId.delete(entry.message.id);
    this.#bytes -= sizeOf(entry.message);
    if (entry.fresh) this.#freshCount -= 1;
  }

  /** Within one millisecond, what an answer lists stands in the answer's order and before what it does not list. */
  #takeOrderFrom(answer: readonly ChatMessage[], newestFirst: boolean): void {
    const before = this.#entries;
    const places = new Map(answer.map((message, place) => [message.id, place]));
    // At its oldest time such a page may lack some: of these it tells no order.
    const cutMs = newestFirst ? this.#byId.get(answer[0]?.id ?? "")?.createdMs : undefined;
    const isCut = before.some((entry) => entry.createdMs === cutMs && !places.has(entry.message.id));
    const placeOf = (entry: BufferedMessage) =>
      isCut && entry.createdMs === cutMs ? 0 : (places.get(entry.message.id) ?? answer.length);
    this.#entries = before.toSorted((a, b) => a.createdMs - b.createdMs || placeOf(a) - placeOf(b));
    for (const ties of tiesIn(this.#entries)) {
      const placeBefore = (entry: BufferedMessage) => (entry.fresh ? null : before.indexOf(entry));
      for (const entry of misplaced(ties, placeBefore)) this.#markRevised(entry);
    }
  }

  /** Readers place what they are handed behind everything of the same millisecond: what stands there already follows it. */
  #keepTiesInOrder(entry: BufferedMessage): void {
    for (let at = this.#entries.indexOf(entry) + 1; at < this.#entries.length; at += 1) {
      const next = this.#entries[at];
      if (next?.createdMs !== entry.createdMs) return;
      this.#markRevised(next);
    }
  }

  #markRevised(entry: BufferedMessage): void {
    if (entry.fresh) return;
    entry.fresh = true;
    entry.revised = true;
    this.#freshCount += 1;
  }
}

const HARD_FACTOR = 4;

export interface ReplayBufferLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** How a message became known. A `send` may carry a provisional `createdAt`. */
export type MessageSource = "listing" | "push" | "send";

export interface BufferedMessage {
  message: ChatMessage;
  /** Of `message.createdAt`, epoch milliseconds. */
  createdMs: number;
  /** What cursors remember of it. */
  hash: ShortHash;
  source: MessageSource;
  /** Not handed out yet, or changed since. */
  fresh: boolean;
  /** Changed since it was first handed out. */
  revised: boolean;
}

function isSameMessage(a: ChatMessage, b: ChatMessage): boolean {
  return (
    a.id === b.id &&
    a.author === b.author &&
    a.authorName === b.authorName &&
    a.content === b.content &&
    a.createdAt === b.createdAt &&
    a.clientMessageId === b.clientMessageId
  );
}

/** Roughly what a message takes in memory, in bytes. */
function sizeOf(message: ChatMessage): number {
  return 256 + 2 * (message.content.length + message.id.length);
}
