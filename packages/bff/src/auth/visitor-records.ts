import type { RedisOptions, Result } from "ioredis";
import { LRUCache } from "lru-cache";
import { createSeal } from "../lib/seal.ts";
import type { RedisLink } from "../redis/redis-link.ts";

/**
 * Short texts about signed-in visitors and their sessions. A name is a list of strings, at least one of which cannot be
 * guessed. A text that is neither read nor written for 60 days, twice the lifetime of a session token, is dropped.
 */
export interface VisitorRecords {
  get(name: RecordName): Promise<string | null>;
  /** Writes the text unless one exists. Resolves to the stored text. */
  keep(name: RecordName, text: string): Promise<string>;
  put(name: RecordName, text: string): Promise<void>;
  /** Removes the text if it is still this one. */
  remove(name: RecordName, text: string): Promise<void>;
}

type RecordName = readonly string[];

const TTL_MS = 60 * 24 * 60 * 60 * 1000;
/** For a single process. The least recently used are dropped first. */
const MAX_IN_MEMORY = 60_000;

/** @param link null: they are kept in memory and lost when the process ends */
export function createVisitorRecords(link: Pick<RedisLink, "run"> | null): VisitorRecords {
  return link ? createSharedRecords(link) : createMemoryRecords();
}

function createMemoryRecords(): VisitorRecords {
  const texts = new LRUCache<string, string>({ max: MAX_IN_MEMORY, ttl: TTL_MS, updateAgeOnGet: true });
  const toKey = (name: RecordName) => JSON.stringify(name);
  return {
    get: async (name) => texts.get(toKey(name)) ?? null,
    async keep(name, text) {
      const kept = texts.get(toKey(name));
      if (kept === undefined) texts.set(toKey(name), text);
      return kept ?? text;
    },
    async put(name, text) {
      texts.set(toKey(name), text);
    },
    async remove(name, text) {
      if (texts.get(toKey(name)) === text) texts.delete(toKey(name));
    },
  };
}

/** Redis stores a hash of the name, and the text encrypted. Rejects with `RedisAwayError`. */
function createSharedRecords({ run }: Pick<RedisLink, "run">): VisitorRecords {
  const find = (name: RecordName) => {
    const { key, seal, open } = createSeal(name);
    return { redisKey: `mc:visitor:{${key}}`, seal, open };
  };

  /** @param sealed written if no text exists; empty: nothing is written */
  async function readOrWrite(redisKey: string, sealed: string): Promise<string> {
    const [kept = ""] = await run((redis) => redis.keepVisitorRecord(redisKey, sealed, TTL_MS));
    return kept;
  }

  return {
    async get(name) {
      const { redisKey, open } = find(name);
      const kept = await readOrWrite(redisKey, "");
      return kept === "" ? null : open(kept);
    },
    async keep(name, text) {
      const { redisKey, seal, open } = find(name);
      const kept = open(await readOrWrite(redisKey, seal(text)));
      if (kept !== null) return kept;
      // The record is damaged.
      await this.put(name, text);
      return text;
    },
    async put(name, text) {
      const { redisKey, seal } = find(name);
      await run((redis) => redis.set(redisKey, seal(text), "PX", TTL_MS));
    },
    async remove(name, text) {
      const { redisKey, open } = find(name);
      const kept = await readOrWrite(redisKey, "");
      if (kept === "" || open(kept) !== text) return;
      await run((redis) => redis.removeVisitorRecord(redisKey, kept));
    },
  };
}

/** KEYS record · ARGV text, ttlMs */
const KEEP = `
local kept = redis.call('GET', KEYS[1])
if kept then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif ARGV[1] ~= '' then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  kept = ARGV[1]
end
return {kept or ''}
`;

/** KEYS record · ARGV text */
const REMOVE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return {}
`;

export const VISITOR_SCRIPTS = {
  keepVisitorRecord: { numberOfKeys: 1, lua: KEEP },
  removeVisitorRecord: { numberOfKeys: 1, lua: REMOVE },
} satisfies RedisOptions["scripts"];

declare module "ioredis" {
  interface RedisCommander<Context> {
    keepVisitorRecord(...parameters: readonly (string | number)[]): Result<string[], Context>;
    removeVisitorRecord(...parameters: readonly (string | number)[]): Result<string[], Context>;
  }
}
