import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { joinSockets } from "./browser-sockets.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import { dialPlatform } from "./dial-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { stampNow, watchArrivals } from "./stamped-messages.ts";

const PER_SECOND = 100;
/** The messages go to them in turn. */
const SESSIONS = 20;
const ARRIVE_WITHIN_MS = 5_000;

/** The latency that the BFF adds to an owner's message, at 100 a second. */
export async function measurePushLatency({ short }: MeasureOptions): Promise<readonly Finding[]> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  const sessions = await issueSessions(SESSIONS, "push");
  const tokens = sessions.map(({ token }) => token);
  const browsers = await joinSockets(bff.baseUrl, tokens);
  const direct = await dialPlatform(platform.url, "direct");

  const flow = async (sessionOf: (index: number) => string, readers: readonly WebSocket[], count: number) => {
    const arrivals = watchArrivals(readers);
    await atRate(PER_SECOND, count, (index) => platform.push(sessionOf(index), stampNow()));
    const deadlineMs = performance.now() + ARRIVE_WITHIN_MS;
    while (arrivals.latenciesMs.length < count && performance.now() < deadlineMs) await sleep(5);
    arrivals.stop();
    if (arrivals.latenciesMs.length !== count)
      throw new Error(`${arrivals.latenciesMs.length} of ${count} messages arrived`);
    return arrivals.latenciesMs;
  };
  const through = (count: number) =>
    flow((index) => sessions[index % SESSIONS]?.sessionPublicId ?? "", browsers, count);
  const straight = (count: number) => flow(() => "direct", [direct], count);

  // Lets the JIT compiler settle.
  await through((short ? 2 : 6) * PER_SECOND);
  const throughMs: number[] = [];
  const straightMs: number[] = [];
  // Alternates every second, so that other load on the machine affects both.
  for (let second = 0; second < (short ? 3 : 10); second += 1) {
    straightMs.push(...(await straight(PER_SECOND)));
    throughMs.push(...(await through(PER_SECOND)));
  }
  for (const socket of [direct, ...browsers]) socket.terminate();

  const added = (share: number) => percentile(throughMs, share) - percentile(straightMs, share);
  const reference = (share: number) => `direct: ${percentile(straightMs, share).toFixed(2)} ms`;
  return [
    {
      what: "added to a pushed message at 100/s, p50",
      figure: added(0.5),
      unit: "ms",
      aim: 1,
      never: null,
      reference: reference(0.5),
    },
    {
      what: "added to a pushed message at 100/s, p99",
      figure: added(0.99),
      unit: "ms",
      aim: 5,
      never: null,
      reference: reference(0.99),
    },
  ];
}
