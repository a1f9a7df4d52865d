import { LRUCache } from "lru-cache";

/**
 * Learns which kinds of change hints are worth a sync. The platform's heartbeats are frames of unknown kinds, and each would
 * otherwise cost a sync. If syncs after a kind of hint find nothing {@link MAX_FRUITLESS} times in a row, in any session,
 * hints of that kind cause a sync only rarely, until one finds something again. Until then, the periodic syncs that verify
 * open sockets find the messages.
 */
export class HintFilter {
  readonly #kinds = new LRUCache<string, HintKind>({ max: 500 });

  /** @param frameKind see `onChangeHint` of `VisitorSocketCallbacks` */
  isWorthSync(frameKind: string, nowMs: number): boolean {
    const kind = this.#kinds.get(frameKind);
    if (kind === undefined || kind.fruitless < MAX_FRUITLESS) return true;
    if (nowMs < kind.tryAtMs) return false;
    kind.tryAtMs = nowMs + kind.pauseMs;
    kind.pauseMs = Math.min(2 * kind.pauseMs, LONGEST_PAUSE_MS);
    return true;
  }

  /** A sync that followed hints of these kinds has ended. */
  learn(frameKinds: Iterable<string>, foundNews: boolean): void {
    for (const frameKind of frameKinds) {
      if (foundNews) {
        this.#kinds.delete(frameKind);
        continue;
      }
      const kind = this.#kinds.get(frameKind);
      if (kind) kind.fruitless += 1;
      else this.#kinds.set(frameKind, { fruitless: 1, tryAtMs: 0, pauseMs: FIRST_PAUSE_MS });
    }
  }
}

const MAX_FRUITLESS = 20;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

interface HintKind {
  /** Consecutive syncs that found nothing. */
  fruitless: number;
  tryAtMs: number;
  pauseMs: number;
}
