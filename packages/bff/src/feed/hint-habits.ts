import { LRUCache } from "lru-cache";

/**
 * Which change hints are worth a listing, learnt from what the listings brought. The platform's heartbeats are frames that
 * nobody has described, so each would cost a listing for ever. A kind of frame that has brought nothing {@link VAIN_TIMES}
 * times in a row, in whatever sessions, is only tried now and then, until it brings something again. What it would have
 * told meanwhile comes with the listings by which open sockets are verified anyway.
 */
export class HintHabits {
  readonly #kinds = new LRUCache<string, Kind>({ max: 500 });

  /** @param kind see `frameKind` */
  isWorthAsking(kind: string, nowMs: number): boolean {
    const known = this.#kinds.get(kind);
    if (known === undefined || known.vain < VAIN_TIMES) return true;
    if (nowMs < known.tryAtMs) return false;
    known.tryAtMs = nowMs + known.pauseMs;
    known.pauseMs = Math.min(2 * known.pauseMs, LONGEST_PAUSE_MS);
    return true;
  }

  /** A listing has followed hints of these kinds. */
  answered(kinds: Iterable<string>, news: boolean): void {
    for (const kind of kinds) {
      if (news) {
        this.#kinds.delete(kind);
        continue;
      }
      const known = this.#kinds.get(kind);
      if (known) known.vain += 1;
      else this.#kinds.set(kind, { vain: 1, tryAtMs: 0, pauseMs: FIRST_PAUSE_MS });
    }
  }
}

const VAIN_TIMES = 20;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

interface Kind {
  /** Listings in a row that brought nothing. */
  vain: number;
  tryAtMs: number;
  pauseMs: number;
}
