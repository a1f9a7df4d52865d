import { hash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script, run on the server by its hash. Replies with strings, so that nothing is rounded on the way. */
export interface RedisScript {
  run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<readonly string[]>;
}

export function createRedisScript(lua: string): RedisScript {
  const sha1 = hash("sha1", lua, "hex");
  return {
    async run(redis, keys, args) {
      try {
        return toStrings(await redis.evalsha(sha1, keys.length, ...keys, ...args));
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return toStrings(await redis.eval(lua, keys.length, ...keys, ...args));
      }
    },
  };
}

/** A Redis that was restarted has forgotten its scripts. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

function toStrings(reply: unknown): readonly string[] {
  if (Array.isArray(reply) && reply.every((part) => typeof part === "string")) return reply;
  throw new TypeError("a script replied with something other than a list of strings");
}
