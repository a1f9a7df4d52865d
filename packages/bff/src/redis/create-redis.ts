import { Redis, type RedisOptions } from "ioredis";

/**
 * A connection for work that a request waits for: without a connection, commands fail at once instead of queueing; no
 * command is sent twice; a lost connection is reopened indefinitely, with jitter. `RedisLink` sets how long a command may take.
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
