import { LRUCache } from "lru-cache";
import { RedisAwayError, type RedisLink } from "../redis/redis-link.ts";

/** Which challenges have been used up: a solution is good once. */
export interface UsedSolutions {
  /** True the first time that a challenge is named, false again until `forMs` have passed, when it has run out anyway. */
  take(challenge: string, forMs: number): Promise<boolean>;
}

/** Challenges remembered as used by one process; the oldest is forgotten first. */
const MAX_USED = 50_000;

export function createMemoryUsedSolutions(max = MAX_USED): UsedSolutions {
  const used = new LRUCache<string, true>({ max });
  return {
    async take(challenge) {
      if (used.has(challenge)) return false;
      used.set(challenge, true);
      return true;
    },
  };
}

/**
 * Remembers for all replicas together, and in this process besides. While Redis is away a solution is good once on each
 * replica, which is better than asking nobody for work and better than refusing everybody.
 */
export function createSharedUsedSolutions(link: Pick<RedisLink, "run">): UsedSolutions {
  const own = createMemoryUsedSolutions();
  return {
    async take(challenge, forMs) {
      if (!(await own.take(challenge, forMs))) return false;
      try {
        return (await link.run((redis) => redis.set(keyOf(challenge), "1", "PX", forMs, "NX"))) === "OK";
      } catch (error) {
        if (error instanceof RedisAwayError) return true;
        throw error;
      }
    },
  };
}

function keyOf(challenge: string): string {
  return `mc:work:${challenge}`;
}
