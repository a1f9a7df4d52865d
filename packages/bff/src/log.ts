import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type DestinationStream, type Logger, pino } from "pino";
import type { BffConfig } from "./config.ts";

/**
 * The log: JSON lines on standard output. Nothing is redacted here, because nothing that would need it is logged in the
 * first place; an error is written as its name and stack, without the fields that libraries hang on it.
 */
export function createLog(level: BffConfig["logLevel"], destination?: DestinationStream): Logger {
  const options = { level, base: null, serializers: { err: toLoggedError } };
  return destination ? pino(options, destination) : pino(options);
}

/** Standard output, written in pieces of some lines: a system call for each line would cost a request a tenth of its time. */
export interface LogOutput extends DestinationStream {
  /** Writes what waits; to be called before the process ends. */
  flushSync(): void;
}

/** Lines wait this long for others at most. */
const FLUSH_EVERY_MS = 100;
const FLUSH_AT_BYTES = 8 * 1024;

export function openLogOutput(): LogOutput {
  return pino.destination({ fd: 1, sync: true, minLength: FLUSH_AT_BYTES, periodicFlush: FLUSH_EVERY_MS });
}

/** Stands for a session in the log: the same session, the same hash, and no way back without the key. */
export function createSessionHash(secret: string): (sessionPublicId: string) => string {
  const key = createHmac("sha256", secret).update("log").digest();
  const known = new LRUCache<string, string>({
    max: 10_000,
    memoMethod: (sessionPublicId) =>
      createHmac("sha256", key).update(sessionPublicId).digest("base64url").slice(0, 12),
  });
  return (sessionPublicId) => known.memo(sessionPublicId);
}

function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  return { name: error.name, stack: error.stack, ...(cause instanceof Error && { cause: cause.name }) };
}
