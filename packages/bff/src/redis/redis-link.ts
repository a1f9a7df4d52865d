import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { replyWithin } from "./reply-within.ts";

/**
 * Redis as something that may go away. The first command that fails or takes too long turns the link `away`: from
 * then on everybody does at once without it, and a probe asks for it until it answers again. So an absent Redis
 * costs one timeout, and not one a request.
 */
export interface RedisLink {
  readonly health: "ok" | "degraded";
  /** How long a command may take. */
  readonly replyMs: number;
  /** Rejects with `RedisAwayError` where Redis is away, or turns out to be. */
  readonly run: RunOnRedis;
  /**
   * Has something done whenever Redis has come (back), before it is used. Where a listener fails, it stays away.
   *
   * @returns stops listening
   */
  onReturn(listener: (run: RunOnRedis) => Promise<void>): () => void;
  /** Ends the connection. Idempotent. */
  close(): void;
}

export type RunOnRedis = <T>(command: (redis: Redis) => Promise<T>) => Promise<T>;

export class RedisAwayError extends Error {
  override readonly name = "RedisAwayError";
}

export interface RedisLinkOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  /** How long a command may take. @default 150 */
  readonly replyMs?: number;
  /** How often an absent Redis is asked for. @default 500 */
  readonly probeEveryMs?: number;
}

export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { redis, logger, replyMs = 150, probeEveryMs = 500 } = options;
  const listeners = new Set<(run: RunOnRedis) => Promise<void>>();
  let state: "new" | "here" | "away" | "closed" = "new";
  let probing = false;
  let vainProbes = 0;

  const onReady = () => void probe();
  const timer = setInterval(onReady, probeEveryMs).unref();
  // So that readiness tells of it although nobody asks anything of Redis just now.
  const onLost = () => {
    if (state === "here") leave(new Error("the connection was lost"));
  };
  redis.on("ready", onReady);
  redis.on("close", onLost);
  // Without a listener an error event would end the process. Whoever wants something from Redis hears of it anyway.
  redis.on("error", () => {});

  const attempt: RunOnRedis = (command) => replyWithin(replyMs, command(redis));

  async function probe(): Promise<void> {
    if (probing || state === "here" || state === "closed") return;
    probing = true;
    try {
      // A write: a Redis that is full or read-only is of no use either.
      await attempt((client) => client.set(PROBE_KEY, "1", "PX", PROBE_TTL_MS));
      for (const listener of listeners) await listener(attempt);
      enter();
    } catch (error) {
      leave(error);
      vainProbes += 1;
      // A connection that takes commands and answers none may never notice by itself that its peer is gone.
      if (vainProbes % PROBES_A_CONNECTION === 0 && isConnected(redis)) redis.disconnect(true);
    } finally {
      probing = false;
    }
  }

  function enter(): void {
    if (state === "closed") return;
    logger.info(state === "new" ? "connected to Redis" : "Redis is back: claims and limits are shared again");
    state = "here";
    vainProbes = 0;
  }

  function leave(error: unknown): void {
    if (state === "away" || state === "closed") return;
    state = "away";
    logger.error(
      { cause: error instanceof Error ? error.message : "unknown" },
      "Redis is away: each replica goes on by itself until it is back",
    );
  }

  return {
    get health() {
      return state === "here" ? "ok" : "degraded";
    },
    replyMs,
    async run(command) {
      if (state !== "here") throw new RedisAwayError("Redis is away");
      try {
        return await attempt(command);
      } catch (error) {
        leave(error);
        throw new RedisAwayError("Redis went away", { cause: error });
      }
    },
    onReturn(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      if (state === "closed") return;
      state = "closed";
      clearInterval(timer);
      redis.off("ready", onReady);
      redis.off("close", onLost);
      redis.disconnect();
    },
  };
}

const PROBE_KEY = "mc:probe";
const PROBE_TTL_MS = 10_000;
const PROBES_A_CONNECTION = 6;

function isConnected({ status }: Redis): boolean {
  return status === "ready" || status === "connect";
}
