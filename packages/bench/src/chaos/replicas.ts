import { setTimeout as sleep } from "node:timers/promises";
import { type BffOptions, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import { hasNginx, startNginx } from "@mailoo-chat/e2e/servers/start-nginx";
import { startRedis } from "@mailoo-chat/e2e/servers/start-redis";
import { startRoundRobin } from "@mailoo-chat/e2e/servers/start-round-robin";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import { NO_BUDGET, ORIGIN, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";
import { checkDelivery, createWriter, waitUntil } from "./writers.ts";

/**
 * Two replicas with one Redis behind a load balancer without stickiness. Many visitors write while replicas are restarted in
 * turn, and one is killed.
 */
export async function runReplicas({ short }: ScenarioOptions): Promise<ScenarioResult> {
  const sessions = short ? 40 : 200;
  const durationMs = short ? 6_000 : 90_000;
  const pauseMs = short ? 500 : 3_000;
  const settleMs = short ? 30_000 : 60_000;

  await using resources = new AsyncDisposableStack();
  const sandbox = resources.use(await startSandbox());
  const redis = resources.use(await startRedis());
  const options: BffOptions = {
    platformUrl: sandbox.url,
    allowedOrigins: [ORIGIN],
    env: { ...NO_BUDGET, REDIS_URL: redis.url, TRUST_PROXY: "1" },
  };
  let replicas = await Promise.all([startBff(options), startBff(options)]);
  resources.defer(async () => void (await Promise.all(replicas.map((one) => one.kill("SIGKILL")))));
  const ports = replicas.map(({ port }) => port);
  const balancer = resources.use(hasNginx() ? await startNginx(ports) : await startRoundRobin(ports));
  const writers = Array.from({ length: sessions }, (_, index) =>
    resources.use(createWriter(index, balancer.url + DEFAULT_BASE_PATH)),
  );

  const stopWriting = new AbortController();
  const written = Promise.all(writers.map((writer) => writer.write(stopWriting.signal)));
  // A lost answer to a session's first message may leave an orphan session. The checks apply to later messages.
  await waitUntil(settleMs, () => writers.every(({ acknowledged }) => acknowledged.size > 0));
  const ended = { SIGTERM: 0, SIGKILL: 0 };
  const exitCodes = new Set<number | null>();
  const deadline = performance.now() + durationMs;
  for (let round = 0; performance.now() < deadline; round += 1) {
    await sleep(pauseMs);
    const [replica, ...others] = replicas;
    if (!replica) break;
    // The kill comes first: its unknown sends are resolved while the others are restarted.
    const signal = round === 0 ? "SIGKILL" : "SIGTERM";
    const code = await replica.kill(signal);
    ended[signal] += 1;
    if (signal === "SIGTERM") exitCodes.add(code);
    replicas = [...others, await startBff({ ...options, port: replica.port })];
  }
  stopWriting.abort();

  const settled = await Promise.race([written.then(() => true), sleep(settleMs, false)]);
  await waitUntil(settleMs, () => writers.every((writer) => writer.isCaughtUp(sandbox)));
  const { figures, broken } = checkDelivery(sandbox, writers);
  const badCodes = [...exitCodes].filter((code) => code !== 0);
  return {
    scenario: "replicas",
    figures: {
      ...figures,
      replicasEnded: ended.SIGTERM,
      replicasKilled: ended.SIGKILL,
      balancer: hasNginx() ? "nginx" : "round robin",
    },
    broken: [
      ...broken,
      ...(settled ? [] : ["some sends were still waiting at the end"]),
      ...(badCodes.length === 0
        ? []
        : [`a replica that was asked to end did so with ${badCodes.join(", ")}`]),
    ],
  };
}
