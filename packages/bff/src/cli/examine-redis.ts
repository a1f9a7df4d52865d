import { Redis } from "ioredis";
import type { Finding } from "./finding.ts";

const PATIENCE_MS = 3_000;

/** Whether replicas can share their claims there, and whether what they put there stays. */
export async function examineRedis(url: string): Promise<readonly Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What `connect` rejects with says only that it failed.
  let reason: unknown;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.set("mc:check", "1", "PX", 1_000);
    return await examineEviction(redis);
  } catch (error) {
    return [
      {
        id: "redis",
        // Visitors are served without it, as if each replica were alone.
        severity: "warning",
        message: `Redis cannot be used (${toReason(reason ?? error)}): replicas then do not know of each other's sends and limits, and a retry that meets another replica may appear twice.`,
        fix: "Check REDIS_URL: host, port, password, TLS (rediss://), and that Redis takes writes.",
      },
    ];
  } finally {
    redis.disconnect();
  }
}

async function examineEviction(redis: Redis): Promise<readonly Finding[]> {
  // Hosted services often forbid CONFIG: then nothing is known, and nothing is said.
  const answer = await redis.config("GET", "maxmemory-policy").catch(() => null);
  const policy = Array.isArray(answer) ? String(answer[1]) : "noeviction";
  if (policy === "noeviction") return [];
  return [
    {
      id: "redis-eviction",
      severity: "warning",
      message: `Redis may throw records away when its memory is full (maxmemory-policy ${policy}): a send that is retried after that may appear twice.`,
      fix: "Set maxmemory-policy noeviction, or give the chat a Redis of its own.",
    },
  ];
}

/** Never the whole message, which may quote the URL. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return "it does not answer as Redis does";
  // Redis begins its refusals with a word for machines: NOAUTH, WRONGPASS, READONLY, OOM.
  const [refusal] = /^[A-Z]{3,}(?= )/.exec(error.message) ?? [];
  if (refusal) return refusal;
  return "code" in error && typeof error.code === "string" ? error.code : "it does not answer as Redis does";
}
