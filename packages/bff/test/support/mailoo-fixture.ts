import { type Logger, pino } from "pino";
import { expect } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import type { Telemetry } from "../../src/lib/telemetry.ts";
import { silentTelemetry } from "../../src/lib/telemetry.ts";
import type { MailooClient, MailooClientOptions } from "../../src/platform/client.ts";
import { createMailooClient } from "../../src/platform/create-client.ts";
import { MailooError, type MailooFailure } from "../../src/platform/errors.ts";

/** Letters alone, so that it could pass for the name of a field. */
export const TEST_KEY = "ml_test_canary_key";
export const TEST_ORIGIN = "https://shop.example";

export interface MailooFixture extends AsyncDisposable {
  readonly client: MailooClient;
  /** Everything logged, as it was written. */
  readonly log: LogCapture;
  readonly calls: readonly { operation: string; outcome: string }[];
}

export interface LogCapture {
  readonly logger: Logger;
  readonly text: string;
  readonly lines: readonly Record<string, unknown>[];
}

/** A client of a platform at `url`, with short timeouts and without jitter. */
export function connectMailoo(url: string, options: Partial<MailooClientOptions> = {}): MailooFixture {
  const log = captureLog();
  const calls: { operation: string; outcome: string }[] = [];
  const telemetry: Telemetry = {
    ...silentTelemetry,
    upstreamCall: ({ operation, outcome }) => void calls.push({ operation, outcome }),
  };
  const client = createMailooClient({
    apiUrl: url,
    apiKey: TEST_KEY,
    projectUid: "proj_1",
    integrationId: "int_1",
    fallbackOrigin: TEST_ORIGIN,
    logger: log.logger,
    telemetry,
    random: () => 0,
    ...options,
  });
  return { client, log, calls, [Symbol.asyncDispose]: () => client.close() };
}

export function captureLog(): LogCapture {
  const written: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void written.push(line) });
  return {
    logger,
    get text() {
      return written.join("");
    },
    get lines() {
      return written.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

/** Waits until what is read meets the expectation; long enough for a machine that has much else to do. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 10_000, interval: 10 });
}

/** The failure that a call rejects with. A call that succeeds, or rejects with anything else, fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<MailooFailure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof MailooError) return error.failure;
    throw error;
  }
  throw new Error("expected a MailooError, but the call succeeded");
}

/** A clock that a test moves. */
export function createHandClock(): Clock & { pass(ms: number): void } {
  let steadyMs = 0;
  return {
    epochMs: () => Date.UTC(2026, 0, 1) + steadyMs,
    steadyMs: () => steadyMs,
    pass(ms) {
      steadyMs += ms;
    },
  };
}
