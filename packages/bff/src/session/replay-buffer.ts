import type { ChatMessage } from "@mailoo-chat/protocol";
import type { CursorFloor } from "./cursor.ts";
import { createdMsOf } from "./listing.ts";
import { shortHash } from "./short-hash.ts";

/**
 * What a feed knows of its session, newest last: `createdAt`, ties as the platform lists them, then arrival. A known id
 * again replaces fields and keeps its `clientMessageId`; it never adds an entry.
 *
 * News is marked `fresh` until it has been handed out; what is fresh is invisible to readers who join, since they will
 * be handed it with everybody else.
 *
 * Bounded by count and bytes. The oldest entries go first, never a fresh one, and {@link completeFromMs} moves up with
 * them: whoever must read further back asks the platform.
 */
export class ReplayBuffer {
  readonly #limits: ReplayBufferLimits;
  readonly #byId = new Map<string, BufferedMessage>();
  #entries: BufferedMessage[] = [];
  #bytes = 0;
  #freshCount = 0;
  #vouchedFromMs = Number.POSITIVE_INFINITY;
  #evicted: CursorFloor | null = null;

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

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** A listing that began at `fromMs` is complete. What lies before was replayed from a past that readers know. */
  vouchFrom(fromMs: number): void {
    this.#vouchedFromMs = Math.min(this.#vouchedFromMs, fromMs);
    const strangers = this.#entries.filter((entry) => entry.createdMs < fromMs && entry.source === "push");
    for (const entry of strangers) this.#remove(entry);
  }

  /** One answer of the platform, oldest first. Returns false where nothing changed that a reader should hear of. */
  addListed(messages: readonly ChatMessage[]): boolean {
    let news = false;
    for (const message of messages) if (this.add(message, "listing")) news = true;
    this.#takeOrderFrom(messages);
    return news;
  }

  /** Returns false where nothing changed that a reader should hear of. */
  add(message: ChatMessage, source: MessageSource): boolean {
    const known = this.#byId.get(message.id);
    if (known) return this.#replace(known, message, source);
    const createdMs = createdMsOf(message);
    // Before what is vouched for, an unknown id is not news but a past that is not kept here.
    const vouched = this.#vouchedFromMs !== Number.POSITIVE_INFINITY;
    if (vouched && source !== "send" && createdMs < this.completeFromMs) return false;
    const entry: BufferedMessage = {
      message,
      createdMs,
      hash: shortHash(message.id, createdMs),
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
    let gone = 0;
    for (const entry of this.#entries) {
      const tooMany =
        this.#entries.length - gone > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes;
      if (!tooMany || entry.fresh) break;
      gone += 1;
      this.#byId.delete(entry.message.id);
      this.#bytes -= sizeOf(entry.message);
      this.#evicted = { ms: entry.createdMs, last: entry.hash };
    }
    if (gone > 0) this.#entries = this.#entries.slice(gone);
  }

  #replace(entry: BufferedMessage, next: ChatMessage, source: MessageSource): boolean {
    const before = entry.message;
    const clientMessageId = next.clientMessageId ?? before.clientMessageId;
    const message = clientMessageId === undefined ? next : { ...next, clientMessageId };
    const createdMs = createdMsOf(message);
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
      entry.fresh = true;
      entry.revised = true;
      this.#freshCount += 1;
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
  #takeOrderFrom(answer: readonly ChatMessage[]): void {
    const places = new Map(answer.map((message, place) => [message.id, place]));
    const placeOf = (entry: BufferedMessage) => places.get(entry.message.id) ?? answer.length;
    this.#entries.sort((a, b) => a.createdMs - b.createdMs || placeOf(a) - placeOf(b));
  }
}

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
  hash: string;
  source: MessageSource;
  /** Not handed out yet, or changed since. */
  fresh: boolean;
  /** Changed since it was first handed out. */
  revised: boolean;
}

/** Roughly what a message takes in memory, in bytes. */
function sizeOf(message: ChatMessage): number {
  return 256 + 2 * (message.content.length + message.id.length);
}
