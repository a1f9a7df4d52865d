import { Redis } from "ioredis";

/**
 * A connection for work that somebody waits for: commands fail at once rather than queue up where there is no
 * connection, none is sent twice, and a lost connection is dialled again for ever, with jitter. How long a command
 * may take is the link's affair.
 *
 * @param url redis: or rediss:
 */
export function createRedis(url: string): Redis {
  return new Redis(url, {
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 1_000,
    retryStrategy: (times) => Math.round(Math.random() * Math.min(1_500, 100 * 2 ** Math.min(times, 5))),
    // A server that lost its role as primary refuses writes: dial again and find the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
}
