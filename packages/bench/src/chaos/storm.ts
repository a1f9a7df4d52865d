import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "@mailoo-chat/e2e/network/fault-proxy";
import { type Bff, type BffOptions, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import { startRedis } from "@mailoo-chat/e2e/servers/start-redis";
import { startRoundRobin } from "@mailoo-chat/e2e/servers/start-round-robin";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { type FaultPatch, startSandbox } from "@mailoo-chat/sandbox";
import { createRandom } from "../simulation/random.ts";
import { NO_BUDGET, ORIGIN, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";
import { checkDelivery, createWriter, waitUntil } from "./writers.ts";

/** Of the visitors, in turn. */
const TRANSPORTS = [{}, { ws: null }, { ws: null, longPollSeconds: 0 }];

/** Of the platform. Those that the published API cannot recover from (full pages of one timestamp) are left out. */
const PLATFORM_FAULTS: Readonly<Record<string, FaultPatch>> = {
  "answers lost": { acceptThenReset: 0.5 },
  "answers failed": { acceptThenFail: 0.5, failBeforeAccept: 0.3 },
  "answers hang": { acceptThenHang: 0.2, hang: 0.1 },
  "rate limited": { rateLimit: { retryAfterSeconds: 1 } },
  "sockets mute": { sockets: "mute" },
  "sockets dropped": { sockets: "drop" },
  "pushes lost": { losePushes: 0.3, replay: 3, foreignPush: true, nonMessageFrames: true },
  "late inserts": { lateInsertMs: 1_500 },
  slow: { latencyMs: { min: 50, max: 1_200 } },
};

/** Both sides write on all transports through two replicas, while platform, Redis, network and processes fail at random. */
export async function runStorm({ short }: ScenarioOptions): Promise<ScenarioResult> {
  const sessions = short ? 30 : 50;
  const durationMs = short ? 30_000 : 180_000;
  const settleMs = 90_000;
  const seed = Number(process.env.STORM_SEED ?? Date.now() % 1e6);
  const random = createRandom(seed);
  const oneOf = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)] as T; // never empty

  await using resources = new AsyncDisposableStack();
  const sandbox = resources.use(await startSandbox());
  const platformLeg = resources.use(await startFaultProxy(sandbox.port));
  let redis = await startRedis();
  resources.defer(async () => void (await redis.kill("SIGKILL")));
  const redisLeg = resources.use(await startFaultProxy(redis.port));
  const options: BffOptions = {
    platformUrl: platformLeg.url,
    allowedOrigins: [ORIGIN],
    env: { ...NO_BUDGET, REDIS_URL: `redis://127.0.0.1:${redisLeg.port}`, TRUST_PROXY: "1" },
  };
  const replicas: [Bff, Bff] = [await startBff(options), await startBff(options)];
  resources.defer(async () => void (await Promise.all(replicas.map((one) => one.kill("SIGKILL")))));
  const balancer = resources.use(await startRoundRobin(replicas.map(({ port }) => port)));
  const writers = Array.from({ length: sessions }, (_, index) =>
    resources.use(createWriter(index, balancer.url + DEFAULT_BASE_PATH, TRANSPORTS[index % 3])),
  );

  const stopWriting = new AbortController();
  const written = Promise.all(writers.map((writer) => writer.write(stopWriting.signal)));
  // A lost answer to a session's first message may leave an orphan session. The checks apply to later messages.
  await waitUntil(settleMs, () => writers.every(({ acknowledged }) => acknowledged.size > 0));

  async function restart(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const index = oneOf([0, 1] as const);
    await replicas[index].kill(signal);
    replicas[index] = await startBff({ ...options, port: replicas[index].port });
  }

  async function blackhole(leg: typeof redisLeg): Promise<void> {
    await leg.set({ name: "blackhole", direction: oneOf(["to-client", "to-server"]) });
    await sleep(3_000);
    await leg.heal();
  }

  const faults: Record<string, () => Promise<void>> = {
    "replica killed": () => restart("SIGKILL"),
    "replica restarted": () => restart("SIGTERM"),
    async "redis killed"() {
      await redis.kill("SIGKILL");
      await sleep(500 + random() * 3_000);
      redis = await startRedis(redis.port);
    },
    async "redis paused"() {
      process.kill(redis.pid, "SIGSTOP");
      await sleep(1_000 + random() * 4_000);
      process.kill(redis.pid, "SIGCONT");
    },
    async "redis slow"() {
      await redisLeg.set({ name: "delay", delayMs: 150 });
      await sleep(3_000);
      await redisLeg.heal();
    },
    "redis unreachable": () => blackhole(redisLeg),
    "platform unreachable": () => blackhole(platformLeg),
    async "connections cut"() {
      for (const leg of [platformLeg, redisLeg]) leg.cutAll();
    },
  };
  for (const [name, patch] of Object.entries(PLATFORM_FAULTS)) {
    faults[`platform: ${name}`] = async () => {
      sandbox.faults.set(patch);
      await sleep(2_500);
      sandbox.faults.reset();
    };
  }

  const happened = new Map<string, number>();
  const replying = setInterval(() => {
    const { sessionPublicId } = oneOf(writers);
    if (sessionPublicId !== null) sandbox.reply(sessionPublicId, `owner ${performance.now()}`);
  }, 50);
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    const name = oneOf(Object.keys(faults));
    await faults[name]?.();
    happened.set(name, (happened.get(name) ?? 0) + 1);
    await sleep(300 + random() * 1_500);
  }
  clearInterval(replying);
  stopWriting.abort();

  const settled = await Promise.race([written.then(() => true), sleep(settleMs, false)]);
  await waitUntil(settleMs, () => writers.every((writer) => writer.isCaughtUp(sandbox)));
  const { figures, broken } = checkDelivery(sandbox, writers);
  return {
    scenario: "storm",
    figures: {
      seed,
      ...figures,
      faults: [...happened].map(([name, times]) => `${name} ${times}`).join(", "),
    },
    broken: settled ? broken : [...broken, "some sends were still waiting at the end"],
  };
}
