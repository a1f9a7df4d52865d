import { Redis } from "ioredis";
import { type Finding, warning } from "./finding.ts";

const TIMEOUT_MS = 3_000;

/** Whether replicas can share their records on Redis, and whether Redis keeps them. Visitors are served without it. */
export async function checkRedis(url: string | null): Promise<readonly Finding[]> {
  if (url === null) return [];
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // `connect` rejects with an error that says only that it failed.
  let reason: unknown;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.set("mc:check", "1", "PX", 1_000);
    return await checkEviction(redis);
  } catch (error) {
    return [
      warning(
        "redis",
        `Redis cannot be used (${toReason(reason ?? error)}): replicas do not know of each other's sends and limits, and a message that is retried on another replica may appear twice.`,
        "Check REDIS_URL: host, port, password, TLS (rediss://), and that Redis accepts writes.",
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

async function checkEviction(redis: Redis): Promise<readonly Finding[]> {
  // Hosted services often forbid CONFIG: then nothing is known.
  const answer = await redis.config("GET", "maxmemory-policy").catch(() => null);
  const policy = Array.isArray(answer) ? String(answer[1]) : "noeviction";
  if (policy === "noeviction") return [];
  return [
    warning(
      "redis-eviction",
      `Redis removes records when its memory is full (maxmemory-policy ${policy}): a message that is retried after that may appear twice.`,
      "Set maxmemory-policy to noeviction, or give the chat a Redis of its own.",
    ),
  ];
}

/** Not the whole message, which may quote the URL. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return "it does not answer as Redis does";
  // Redis begins its refusals with a code: NOAUTH, WRONGPASS, READONLY, OOM.
  const [refusal] = /^[A-Z]{3,}(?= )/.exec(error.message) ?? [];
  if (refusal) return refusal;
  return "code" in error && typeof error.code === "string" ? error.code : "it does not answer as Redis does";
}
