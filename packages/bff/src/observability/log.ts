import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type DestinationStream, type Logger, pino } from "pino";
import type { BffConfig } from "../config/parse-config.ts";

/**
 * The log: JSON lines. Nothing is redacted here, because nothing that would need it is logged in the first place; an
 * error is written as its name and stack, without the fields that libraries hang on it.
 *
 * @param destination @default standard output
 */
export function createLog(
  level: BffConfig["logLevel"],
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino({ level, base: null, serializers: { err: toLoggedError } }, destination);
}

/** A system call for each line would cost a request a tenth of its time: lines wait this long for others at most. */
const FLUSH_EVERY_MS = 100;
const FLUSH_AT_BYTES = 8 * 1024;
/** What may wait for a reader that does not keep up; lines beyond it are dropped and counted. */
const BUFFERED_MAX_BYTES = 1024 * 1024;
/** How long the process waits at its end for such a reader. */
const EXIT_FLUSH_MS = 300;

let openedOutput: DestinationStream | undefined;

/** One for all loggers of the process. */
function standardOutput(): DestinationStream {
  openedOutput ??= openStandardOutput();
  return openedOutput;
}

/**
 * Standard output, written asynchronously: a pipe that nobody reads must not stop the process, nor keep it from ending.
 * No `fd` is given, so that pino asks `process.stdout` for it, which makes a pipe non-blocking: a blocking one would hold
 * a thread for ever.
 */
function openStandardOutput(): DestinationStream {
  let dropped = 0;
  let exitFlushEndsAtMs = Number.POSITIVE_INFINITY;
  const output = pino.destination({
    sync: false,
    minLength: FLUSH_AT_BYTES,
    maxLength: BUFFERED_MAX_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
    retryEAGAIN: () => performance.now() < exitFlushEndsAtMs,
  });
  output.on("drop", () => {
    dropped++;
  });
  output.on("drain", () => {
    if (dropped === 0) return;
    const notice = {
      level: pino.levels.values.warn,
      time: Date.now(),
      dropped,
      msg: "log lines were dropped",
    };
    dropped = 0;
    output.write(`${JSON.stringify(notice)}\n`);
  });
  // A full disk is no reason to stop serving visitors.
  output.on("error", () => {});
  // Before pino's own flush, which would wait without end.
  process.prependOnceListener("exit", () => {
    exitFlushEndsAtMs = performance.now() + EXIT_FLUSH_MS;
    try {
      output.flushSync();
    } catch {
      // Nobody reads it.
    }
    output.destroy();
  });
  return output;
}

/** Stands for an id in the log or in Redis: the same id, the same hash, and no way back without the key. */
export function createKeyedHash(secret: string, purpose: "log" | "limits"): (id: string) => string {
  const key = createHmac("sha256", secret).update(purpose).digest();
  const known = new LRUCache<string, string>({
    max: 10_000,
    memoMethod: (id) => createHmac("sha256", key).update(id).digest("base64url").slice(0, 12),
  });
  return (id) => known.memo(id);
}

function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  return { name: error.name, stack: error.stack, ...(cause instanceof Error && { cause: cause.name }) };
}
