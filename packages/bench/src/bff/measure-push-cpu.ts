import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff, startReferenceSockets } from "./bench-target.ts";
import { joinSockets } from "./browser-sockets.ts";
import { type ConstantPlatform, startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { type BenchSession, issueSessions } from "./issue-sessions.ts";
import { cpuUsOf } from "./process-usage.ts";
import { stampNow, watchArrivals } from "./stamped-messages.ts";

const WAVE_MS = 1_500;
/** One listing confirms a session's messages, three seconds after the first. By then it is done. */
const CONFIRMED_AFTER_MS = 4_500;

/**
 * CPU time of a delivery, from the platform's frame to the subscribers' frames, at a rate that keeps the process busy:
 * this decides a server's capacity. With few messages, each would wake an idle process.
 */
export async function measurePushCpu(options: MeasureOptions): Promise<readonly Finding[]> {
  return [
    await measure(
      "CPU per delivery, one reader a session",
      60,
      { sessions: 500, readers: 1, perSecond: 3_000 },
      options,
    ),
    await measure(
      "CPU per delivery, ten readers a session",
      25,
      { sessions: 500, readers: 10, perSecond: 1_000 },
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

async function measure(what: string, aim: number, crowd: Crowd, { short }: MeasureOptions): Promise<Finding> {
  const sessions = await issueSessions(crowd.sessions, `crowd-${crowd.readers}`);
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  await using relay = await startReferenceSockets(platform.url);
  const ofBff = await gather(platform, crowd, {
    pid: bff.pid,
    baseUrl: bff.baseUrl,
    sessions,
    confirms: true,
  });
  const ofRelay = await gather(platform, crowd, {
    pid: relay.pid,
    baseUrl: relay.url,
    sessions: sessions.map((_, index) => ({ sessionPublicId: `relay-${index}`, token: `relay-${index}` })),
    confirms: false,
  });

  // Lets the JIT compiler settle.
  for (let warmUp = 0; warmUp < (short ? 1 : 4); warmUp += 1)
    for (const one of [ofBff, ofRelay]) await one.wave();
  const waves: Wave[] = [];
  const relayWaves: Wave[] = [];
  for (let turn = 0; turn < (short ? 1 : 3); turn += 1) {
    relayWaves.push(await ofRelay.wave());
    waves.push(await ofBff.wave());
  }
  for (const one of [ofBff, ofRelay]) one.leave();

  const median = (of: readonly Wave[], costOf: (wave: Wave) => number) => percentile(of.map(costOf), 0.5);
  const deliveryUs = median(waves, (wave) => wave.deliveryUs);
  const relayUs = median(relayWaves, (wave) => wave.deliveryUs);
  const confirmationUs = median(waves, (wave) => wave.confirmationUs);
  return {
    what,
    figure: deliveryUs,
    unit: "µs",
    aim,
    never: null,
    reference: `a bare relay of frames: ${relayUs.toFixed(0)} µs; the listing that confirms: ${confirmationUs.toFixed(0)} µs besides`,
  };
}

interface Subject {
  readonly pid: number;
  readonly baseUrl: string;
  readonly sessions: readonly BenchSession[];
  /** Whether it lists the platform's messages afterwards. */
  readonly confirms: boolean;
}

interface Wave {
  readonly deliveryUs: number;
  /** The work after the wave, until the process was idle. */
  readonly confirmationUs: number;
}

async function gather(
  platform: ConstantPlatform,
  crowd: Crowd,
  { pid, baseUrl, sessions, confirms }: Subject,
) {
  const tokens = sessions.flatMap(({ token }) => Array.from({ length: crowd.readers }, () => token));
  const readers = await joinSockets(baseUrl, tokens);
  const { latenciesMs } = watchArrivals(readers);
  const messages = (crowd.perSecond * WAVE_MS) / 1000;
  const expected = messages * crowd.readers;
  return {
    async wave(): Promise<Wave> {
      latenciesMs.length = 0;
      const beganAtMs = performance.now();
      const beforeUs = cpuUsOf(pid);
      await atRate(crowd.perSecond, messages, (index) =>
        platform.push(sessions[index % sessions.length]?.sessionPublicId ?? "", stampNow()),
      );
      while (latenciesMs.length < expected && performance.now() - beganAtMs < CONFIRMED_AFTER_MS)
        await sleep(5);
      if (latenciesMs.length !== expected)
        throw new Error(`${latenciesMs.length} of ${expected} deliveries arrived`);
      const deliveredUs = cpuUsOf(pid);
      if (confirms) await sleep(CONFIRMED_AFTER_MS - (performance.now() - beganAtMs));
      return {
        deliveryUs: (deliveredUs - beforeUs) / expected,
        confirmationUs: (cpuUsOf(pid) - deliveredUs) / expected,
      };
    },
    leave() {
      for (const reader of readers) reader.terminate();
    },
  };
}
