import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { percentile } from "../chaos/percentile.ts";
import { ORIGIN, openSessions, startBenchBff, startReferenceProxy } from "./bench-target.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import { processUsage } from "./process-usage.ts";

const SESSIONS = 200;
const CONCURRENCY = 32;
const PER_SECOND = 200;

export interface SubmitOptions {
  /** Submits for the CPU's share. */
  readonly submits: number;
  /** How long to hold 200 a second. */
  readonly seconds: number;
}

/** What a submit costs, against a bare proxy of the same libraries and against the platform itself. */
export async function measureSubmit({
  submits,
  seconds,
}: SubmitOptions): Promise<Readonly<Record<string, number>>> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  await using proxy = await startReferenceProxy(platform.url);
  const sessions = await openSessions(bff, SESSIONS);
  let made = 0;

  const toBff = sender(bff.url, "/api/v1/webhooks/chat/submit", () => {
    made += 1;
    return {
      token: sessions[made % SESSIONS]?.token ?? "",
      body: { content: `Message ${made}`, clientMessageId: `bench-${made}`, attempt: 1, after: null },
    };
  });
  const plain = () => {
    made += 1;
    return { token: "", body: { content: `Message ${made}`, sessionPublicId: "s1" } };
  };
  const toProxy = sender(proxy.url, "/submit", plain);
  const toPlatform = sender(platform.url, "/api/v1/webhooks/chat/project/integration/messages", plain);

  // Warm both up, then alternate: the machine's noise meets both alike.
  for (const send of [toBff, toProxy]) await inParallel(send, submits / 4);
  const cpuUs: Record<"bff" | "proxy", number> = { bff: 0, proxy: 0 };
  for (let round = 0; round < 4; round += 1) {
    for (const [name, send, pid] of [
      ["bff", toBff, bff.pid],
      ["proxy", toProxy, proxy.pid],
    ] as const) {
      const before = processUsage(pid).cpuMs;
      await inParallel(send, submits / 4);
      cpuUs[name] += ((processUsage(pid).cpuMs - before) * 1000) / submits;
    }
  }

  const through = await atRate(toBff, seconds);
  const direct = await atRate(toPlatform, seconds);
  return {
    "cpu per submit, µs": round(cpuUs.bff),
    "cpu per submit of the bare proxy, µs": round(cpuUs.proxy),
    ratio: round(cpuUs.bff / cpuUs.proxy, 2),
    "added at 200/s, p50 ms": round(percentile(through, 0.5) - percentile(direct, 0.5), 2),
    "added at 200/s, p99 ms": round(percentile(through, 0.99) - percentile(direct, 0.99), 2),
  };
}

type Send = () => Promise<void>;

function sender(url: string, path: string, next: () => { token: string; body: unknown }): Send {
  const pool = new Pool(url, { connections: 64 });
  return async () => {
    const { token, body } = next();
    const answer = await pool.request({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        origin: ORIGIN,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`${url}${path} answered ${answer.statusCode}`);
  };
}

async function inParallel(send: Send, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Latencies in milliseconds, sent at a steady rate whatever the answers do. */
async function atRate(send: Send, seconds: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  const open: Promise<void>[] = [];
  const startedAtMs = performance.now();
  for (let sent = 0; sent < seconds * PER_SECOND; sent += 1) {
    const waitMs = startedAtMs + (sent * 1000) / PER_SECOND - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const sentAtMs = performance.now();
    open.push(send().then(() => void latencies.push(performance.now() - sentAtMs)));
  }
  await Promise.all(open);
  return latencies;
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
