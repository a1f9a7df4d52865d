import { Redis, type RedisOptions } from "ioredis";
import type { Logger } from "pino";

export type RedisLink = ReturnType<typeof createRedisLink>;

/** Rejects with `RedisAwayError` if Redis is away or the command fails. Before the first connection it waits for that. */
export type RunOnRedis = <T>(command: (redis: Redis) => Promise<T>) => Promise<T>;

export class RedisAwayError extends Error {
  override readonly name = "RedisAwayError";
  /** The command was sent, so Redis may have run it. */
  get wasSent(): boolean {
    return this.cause !== undefined;
  }
}

/** Resolves to the result of the work, or of `fallback` if Redis is away. */
export async function withFallback<T, F>(work: Promise<T>, fallback: () => F | Promise<F>): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RedisAwayError) return fallback();
    throw error;
  }
}

/**
 * A connection for work that a request waits for: without a connection, commands fail at once instead of queueing; no
 * command is sent twice; a lost connection is reopened indefinitely, with jitter. `RedisLink` sets how long a command may
 * take.
 *
 * @param url redis: or rediss:
 * @param scripts Lua scripts that become methods
 * @param keyPrefix what all keys begin with
 */
export function createRedis(url: string, scripts: RedisOptions["scripts"] = {}, keyPrefix = ""): Redis {
  return new Redis(url, {
    scripts,
    keyPrefix,
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 1_000,
    retryStrategy: (times) => Math.round(Math.random() * Math.min(1_500, 100 * 2 ** Math.min(times, 5))),
    // A server that is no longer the primary refuses writes: reconnect to find the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
}

export interface RedisLinkOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  /** How long a command may take. @default 150 */
  readonly replyMs?: number;
  /** Interval of the probes. @default 500 */
  readonly probeEveryMs?: number;
}

/**
 * A connection to Redis that may be lost at any time. The first command that fails or takes too long switches the link to
 * `away`: commands then fail at once, and a probe runs until Redis answers again. So an outage of Redis costs one timeout
 * instead of one for each request.
 */
export function createRedisLink(options: RedisLinkOptions) {
  const { redis, logger, replyMs = 150, probeEveryMs = 500 } = options;
  const listeners: ((run: RunOnRedis) => Promise<void>)[] = [];
  let state: "new" | "here" | "away" | "closed" = "new";
  let probing = false;
  let failedProbes = 0;
  /**
   * Resolves when the first connection is made or has failed: a new replica must not start on its own records.
   */
  const started = Promise.withResolvers<void>();

  const onReady = () => void probe();
  const timer = setInterval(onReady, probeEveryMs).unref();
  // Readiness reports a lost connection even while no command runs.
  const onLost = () => {
    if (state === "here" || state === "new") setAway(new Error("the connection was lost"));
  };
  redis.on("ready", onReady);
  redis.on("close", onLost);
  // Without a listener, an error event would end the process. Each command rejects with its own error.
  redis.on("error", () => {});

  const attempt: RunOnRedis = (command) => withTimeout(replyMs, command(redis));

  async function probe(): Promise<void> {
    if (probing || state === "here" || state === "closed") return;
    probing = true;
    try {
      // A write, because a full or read-only Redis is unusable too.
      await attempt((client) => client.set(PROBE_KEY, "1", "PX", PROBE_TTL_MS));
      for (const listener of listeners) await listener(attempt);
      setHere();
    } catch (error) {
      setAway(error);
      failedProbes += 1;
      // If the peer has disappeared without closing, the connection itself never detects it.
      const isConnected = redis.status === "ready" || redis.status === "connect";
      if (isConnected && failedProbes % PROBES_PER_CONNECTION === 0) redis.disconnect(true);
    } finally {
      probing = false;
    }
  }

  function setHere(): void {
    if (state === "closed") return;
    logger.info(state === "new" ? "connected to Redis" : "Redis is back: claims and limits are shared again");
    state = "here";
    failedProbes = 0;
    started.resolve();
  }

  function setAway(error: unknown): void {
    if (state === "away" || state === "closed") return;
    state = "away";
    started.resolve();
    logger.error(
      { cause: error instanceof Error ? error.message : "unknown" },
      "Redis is away: each replica works by itself until it is back",
    );
  }

  const run: RunOnRedis = async (command) => {
    if (state === "new") await started.promise;
    if (state !== "here") throw new RedisAwayError("Redis is away");
    try {
      return await attempt(command);
    } catch (error) {
      setAway(error);
      throw new RedisAwayError("Redis went away", { cause: error });
    }
  };

  return {
    get health(): "ok" | "degraded" {
      return state === "here" ? "ok" : "degraded";
    },
    /** How long a command may take. */
    replyMs,
    run,
    /** Registers work to do after each (re)connection, before Redis is used. If it fails, Redis stays away. */
    onReturn(listener: (run: RunOnRedis) => Promise<void>): void {
      listeners.push(listener);
    },
    /** Closes the connection. Idempotent. */
    close(): void {
      if (state === "closed") return;
      state = "closed";
      started.resolve();
      clearInterval(timer);
      redis.off("ready", onReady);
      redis.off("close", onLost);
      redis.disconnect();
    },
  };
}

const PROBE_KEY = "mc:probe";
const PROBE_TTL_MS = 10_000;
const PROBES_PER_CONNECTION = 6;

/**
 * The `commandTimeout` of ioredis also fires if only this process was busy. Here, a reply that has already arrived when the
 * timer fires is read first.
 */
function withTimeout<T>(ms: number, reply: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`no reply within ${ms} ms`)));
    }, ms);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
