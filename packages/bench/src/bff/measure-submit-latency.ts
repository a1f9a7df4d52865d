import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import type { SubmitClient } from "./submit-client.ts";
import { PLATFORM_PATH, sendTo, submitTo } from "./submit-posts.ts";

const SESSIONS = 200;
const PER_SECOND = 200;

/** The latency that the BFF adds to a send, at 200 a second. */
export async function measureSubmitLatency({ short }: MeasureOptions): Promise<readonly Finding[]> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  await using through = submitTo(bff.url, await issueSessions(SESSIONS, "latency"));
  await using direct = sendTo(platform.url, PLATFORM_PATH);
  for (const client of [through, direct]) await client.postMany(short ? 1_000 : 8_000);

  const throughMs: number[] = [];
  const directMs: number[] = [];
  // Alternates every second, so that other load on the machine affects both.
  for (let second = 0; second < (short ? 3 : 10); second += 1) {
    directMs.push(...(await latenciesOf(direct)));
    throughMs.push(...(await latenciesOf(through)));
  }
  const added = (share: number) => percentile(throughMs, share) - percentile(directMs, share);
  const reference = (share: number) => `direct: ${percentile(directMs, share).toFixed(2)} ms`;
  return [
    {
      what: "added to a submit at 200/s, p50",
      figure: added(0.5),
      unit: "ms",
      aim: 1.5,
      never: null,
      reference: reference(0.5),
    },
    {
      what: "added to a submit at 200/s, p99",
      figure: added(0.99),
      unit: "ms",
      aim: 10,
      never: null,
      reference: reference(0.99),
    },
  ];
}

async function latenciesOf(client: SubmitClient): Promise<readonly number[]> {
  const latencies: number[] = [];
  await atRate(PER_SECOND, PER_SECOND, async () => {
    const sentAtMs = performance.now();
    const status = await client.post();
    if (status >= 300) throw new Error(`a submit was answered ${status}`);
    latencies.push(performance.now() - sentAtMs);
  });
  return latencies;
}
