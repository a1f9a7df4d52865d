import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type DestinationStream, type Logger, pino } from "pino";
import type { BffConfig } from "../config/to-config.ts";

/**
 * The log: JSON lines. There is no redaction, because nothing secret is logged. An error is logged as its name and stack,
 * without the fields that libraries add.
 *
 * @param destination @default standard output
 */
export function createLog(
  level: BffConfig["logLevel"],
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino({ level, base: null, serializers: { err: toLoggedError } }, destination);
}

/** Lines are written in batches: one system call per line would take a tenth of a request's CPU time. */
const FLUSH_EVERY_MS = 100;
const FLUSH_AT_BYTES = 8 * 1024;
/** Buffer for a slow reader. Lines beyond it are dropped and counted. */
const BUFFERED_MAX_BYTES = 1024 * 1024;
/** How long the process waits for a slow reader at exit. */
const EXIT_FLUSH_MS = 300;

let openedOutput: DestinationStream | undefined;

/** Shared by all loggers of the process. */
function standardOutput(): DestinationStream {
  openedOutput ??= openStandardOutput();
  return openedOutput;
}

/**
 * Asynchronous standard output: a pipe that nobody reads must not block the process or its exit. Without `fd`, pino uses
 * `process.stdout`, which makes a pipe non-blocking; a blocking one would occupy a thread forever.
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
  // A full disk must not stop the chat.
  output.on("error", () => {});
  // Must run before pino's own flush, which would wait forever.
  process.prependOnceListener("exit", () => {
    exitFlushEndsAtMs = performance.now() + EXIT_FLUSH_MS;
    try {
      output.flushSync();
    } catch {
      // The pipe has no reader.
    }
    output.destroy();
  });
  return output;
}

/** Replaces ids in the log and in Redis. Without the key, the id cannot be derived from the hash. */
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
