import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { joinSocket } from "./browser-sockets.ts";
import { type ConstantPlatform, startConstantPlatform } from "./constant-platform.ts";
import { dialPlatform } from "./dial-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { cpuUsOf } from "./process-usage.ts";

const PER_SECOND = 100;
const CROWD = 10;
const ARRIVE_WITHIN_MS = 5_000;

/** What the way through the BFF adds to a message of the owner at 100 a second, and what a delivery costs. */
export async function measurePush({ short }: MeasureOptions): Promise<readonly Finding[]> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  const [one, ten] = await issueSessions(2, "push");
  if (!one || !ten) throw new Error("there are no sessions");
  const browser = await joinSocket(bff.baseUrl, one.token);
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => joinSocket(bff.baseUrl, ten.token)));
  const direct = await dialPlatform(platform.url, "direct");
  const spentUs = () => cpuUsOf(bff.pid);

  const straight = createStream(platform, "direct", [direct], () => 0);
  const single = createStream(platform, one.sessionPublicId, [browser], spentUs);
  const shared = createStream(platform, ten.sessionPublicId, crowd, spentUs);
  // The compiler comes to rest.
  for (const stream of [single, shared]) await stream.flow(short ? 2 : 5);
  for (const stream of [straight, single, shared]) stream.forget();
  for (let turn = 0; turn < (short ? 2 : 8); turn += 1) {
    for (const stream of [straight, single, shared]) await stream.flow(1);
  }
  for (const socket of [browser, direct, ...crowd]) socket.terminate();

  const added = (share: number) =>
    percentile(single.latenciesMs, share) - percentile(straight.latenciesMs, share);
  const reference = (share: number) => `direct: ${percentile(straight.latenciesMs, share).toFixed(2)} ms`;
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
    {
      what: "CPU per delivery, one reader",
      figure: percentile(single.costsUs, 0.5),
      unit: "µs",
      aim: 60,
      never: null,
      reference: "100/s, all the process's time",
    },
    {
      what: "CPU per delivery, ten readers of a session",
      figure: percentile(shared.costsUs, 0.5),
      unit: "µs",
      aim: 25,
      never: null,
      reference: "1,000 deliveries a second",
    },
  ];
}

/** Messages of one session, and how its readers got them. */
function createStream(
  platform: ConstantPlatform,
  sessionPublicId: string,
  readers: readonly WebSocket[],
  spentUs: () => number,
) {
  const latenciesMs: number[] = [];
  const costsUs: number[] = [];
  let arrived = 0;
  for (const reader of readers) {
    reader.on("message", (data) => {
      const sentAt = /@(\d+\.\d+)@/.exec(String(data))?.[1];
      if (sentAt === undefined) return;
      latenciesMs.push(performance.now() - Number(sentAt));
      arrived += 1;
    });
  }
  return {
    latenciesMs,
    /** CPU per delivery, of each flow. */
    costsUs,
    forget() {
      latenciesMs.length = 0;
      costsUs.length = 0;
    },
    async flow(seconds: number): Promise<void> {
      arrived = 0;
      const expected = seconds * PER_SECOND * readers.length;
      const beforeUs = spentUs();
      await atRate(PER_SECOND, seconds * PER_SECOND, () => {
        platform.push(sessionPublicId, `@${performance.now().toFixed(3)}@`);
      });
      const deadlineMs = performance.now() + ARRIVE_WITHIN_MS;
      while (arrived < expected && performance.now() < deadlineMs) await sleep(5);
      if (arrived !== expected) throw new Error(`${arrived} of ${expected} messages arrived`);
      costsUs.push((spentUs() - beforeUs) / expected);
    },
  };
}
