import { startRedis } from "@mailoo-chat/e2e/servers/start-redis";
import { type Contender, compareInBatches } from "./batches.ts";
import { startBenchBff, startReferenceProxy } from "./bench-target.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { cpuUsOf } from "./process-usage.ts";
import type { SubmitClient } from "./submit-client.ts";
import { sendTo, submitTo } from "./submit-posts.ts";

const SESSIONS = 200;
const BATCH_SIZE = 400;

/** CPU time of a submit, compared with a bare proxy. Limits and claims in memory. */
export async function measureSubmitCpu(options: MeasureOptions): Promise<readonly Finding[]> {
  return [
    await measure(
      "CPU per submit, of a bare Express and undici proxy's",
      { aim: 2.75, never: 3.25 },
      {},
      options,
    ),
  ];
}

/** The same with limits and claims in Redis. */
export async function measureSubmitCpuWithRedis(options: MeasureOptions): Promise<readonly Finding[]> {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  return [
    await measure(
      "CPU per submit with limits and claims in Redis, likewise",
      { aim: 3.75, never: 4.5 },
      env,
      options,
    ),
  ];
}

async function measure(
  what: string,
  goal: Pick<Finding, "aim" | "never">,
  env: Readonly<Record<string, string>>,
  { short }: MeasureOptions,
): Promise<Finding> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url, env);
  await using proxy = await startReferenceProxy(platform.url);
  await using toBff = submitTo(bff.url, await issueSessions(SESSIONS, "submit"));
  await using toProxy = sendTo(proxy.url, "/submit");

  // The JIT compiler settles after some 20,000 runs: before that, the cheap one looks dearer than it is.
  for (const client of [toBff, toProxy]) await client.postMany(short ? 3_000 : 30_000);
  const { us, referenceUs, ratio } = await compareInBatches(
    toContender(toBff, bff.pid),
    toContender(toProxy, proxy.pid),
    {
      batches: short ? 8 : 30,
      batchSize: BATCH_SIZE,
    },
  );
  return {
    what,
    figure: ratio,
    unit: "×",
    ...goal,
    reference: `${us.toFixed(0)} µs against ${referenceUs.toFixed(0)} µs`,
  };
}

function toContender(client: SubmitClient, pid: number): Contender {
  return { run: (count) => client.postMany(count), spentUs: () => cpuUsOf(pid) };
}
