import { findRedis } from "./find-redis.ts";
import { ensureProgram } from "./install-attempt.ts";
import { systemPackageAttempts } from "./system-packages.ts";

/** A Redis or Valkey server: the tests start their own, on free ports; none needs to be running. */
export async function ensureRedis(print: (line: string) => void): Promise<string | null> {
  const attempts = systemPackageAttempts({ apt: "redis-server", brew: ["redis"] });
  const found = await ensureProgram("redis", findRedis, attempts, print);
  print(
    found === null
      ? "redis: none found and none could be installed. Install redis-server or valkey-server."
      : `redis: ${found}`,
  );
  return found;
}
