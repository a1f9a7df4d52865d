import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { joinSockets } from "./browser-sockets.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { cpuUsOf } from "./process-usage.ts";
import { stampNow, watchArrivals } from "./stamped-messages.ts";

const WAVE_MS = 2_000;
/** A session's messages are confirmed by one listing, three seconds after the first of them: by then it is over. */
const CONFIRMED_AFTER_MS = 5_000;

/** What a delivery costs: from the platform's frame to the frames of its readers. */
export async function measurePushCpu(options: MeasureOptions): Promise<readonly Finding[]> {
  return [
    await measure(
      "CPU per delivery, one reader a session",
      60,
      { sessions: 500, readers: 1, perSecond: 1_000 },
      options,
    ),
    await measure(
      "CPU per delivery, ten readers a session",
      25,
      { sessions: 50, readers: 10, perSecond: 200 },
      options,
    ),
  ];
}

interface Crowd {
  readonly sessions: number;
  /** Of each session. */
  readonly readers: number;
  /** Messages, of all sessions together. */
  readonly perSecond: number;
}

async function measure(
  what: string,
  aim: number,
  { sessions: sessionCount, readers: readersEach, perSecond }: Crowd,
  { short }: MeasureOptions,
): Promise<Finding> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  const sessions = await issueSessions(sessionCount, `crowd-${readersEach}`);
  const tokens = sessions.flatMap(({ token }) => Array.from({ length: readersEach }, () => token));
  const readers = await joinSockets(bff.baseUrl, tokens);
  const arrivals = watchArrivals(readers);
  const messages = (perSecond * WAVE_MS) / 1000;
  const expected = messages * readersEach;

  const wave = async () => {
    arrivals.latenciesMs.length = 0;
    const beganAtMs = performance.now();
    const beforeUs = cpuUsOf(bff.pid);
    await atRate(perSecond, messages, (index) =>
      platform.push(sessions[index % sessionCount]?.sessionPublicId ?? "", stampNow()),
    );
    while (arrivals.latenciesMs.length < expected && performance.now() - beganAtMs < CONFIRMED_AFTER_MS)
      await sleep(5);
    if (arrivals.latenciesMs.length !== expected)
      throw new Error(`${arrivals.latenciesMs.length} of ${expected} deliveries arrived`);
    const deliveredUs = cpuUsOf(bff.pid);
    await sleep(CONFIRMED_AFTER_MS - (performance.now() - beganAtMs));
    return {
      deliveryUs: (deliveredUs - beforeUs) / expected,
      confirmationUs: (cpuUsOf(bff.pid) - deliveredUs) / expected,
    };
  };
  // The compiler comes to rest.
  for (let warmUp = 0; warmUp < (short ? 1 : 3); warmUp += 1) await wave();
  const waves: Awaited<ReturnType<typeof wave>>[] = [];
  for (let turn = 0; turn < (short ? 1 : 3); turn += 1) waves.push(await wave());
  for (const socket of readers) socket.terminate();

  const confirmationUs = percentile(
    waves.map((one) => one.confirmationUs),
    0.5,
  );
  return {
    what,
    figure: percentile(
      waves.map((one) => one.deliveryUs),
      0.5,
    ),
    unit: "µs",
    aim,
    never: null,
    reference: `${sessionCount} sessions, ${perSecond} messages a second; to confirm them by listings: ${confirmationUs.toFixed(0)} µs besides`,
  };
}
