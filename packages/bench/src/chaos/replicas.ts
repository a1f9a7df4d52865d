import { setTimeout as sleep } from "node:timers/promises";
import { createVisitor, type Visitor } from "@mailoo-chat/e2e/headless-visitor";
import { type Bff, type BffOptions, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import { hasNginx, startNginx } from "@mailoo-chat/e2e/servers/start-nginx";
import { startRedis } from "@mailoo-chat/e2e/servers/start-redis";
import { startRoundRobin } from "@mailoo-chat/e2e/servers/start-round-robin";
import { type Sandbox, startSandbox } from "@mailoo-chat/sandbox";
import { percentile } from "./percentile.ts";
import { NO_BUDGET, ORIGIN, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

/**
 * Two replicas with one Redis behind a load balancer without stickiness. Many visitors write while replicas are restarted in
 * turn, and one is killed.
 */
export async function runReplicas({ short }: ScenarioOptions): Promise<ScenarioResult> {
  const sessions = short ? 40 : 200;
  const durationMs = short ? 6_000 : 90_000;
  const pauseMs = short ? 500 : 3_000;
  const settleMs = short ? 30_000 : 60_000;

  await using sandbox = await startSandbox();
  await using redis = await startRedis();
  const options: BffOptions = {
    platformUrl: sandbox.url,
    allowedOrigins: [ORIGIN],
    env: { ...NO_BUDGET, REDIS_URL: redis.url, TRUST_PROXY: "1" },
  };
  const replicas = await Promise.all([startBff(options), startBff(options)]);
  await using _replicas = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(replicas.map((one) => one.kill("SIGKILL")))),
  };
  const ports = replicas.map(({ port }) => port);
  await using balancer = hasNginx() ? await startNginx(ports) : await startRoundRobin(ports);

  const writers = Array.from({ length: sessions }, (_, index) =>
    createWriter(index, balancer.url, replicas[0] as Bff),
  );
  using _writers = {
    [Symbol.dispose]: () => {
      for (const { visitor } of writers) visitor[Symbol.dispose]();
    },
  };

  const stopWriting = new AbortController();
  const written = Promise.all(writers.map((writer) => writer.write(stopWriting.signal)));
  // A lost answer to a session's first message may leave an orphan session. The checks apply to later messages.
  await waitUntil(settleMs, () => writers.every(({ acknowledged }) => acknowledged.size > 0));
  const ended = { SIGTERM: 0, SIGKILL: 0 };
  const exitCodes = new Set<number | null>();
  const deadline = performance.now() + durationMs;
  for (let round = 0; performance.now() < deadline; round += 1) {
    await sleep(pauseMs);
    const index = round % replicas.length;
    const replica = replicas[index] as Bff; // the remainder is below the length
    // The kill comes first: its unknown sends are resolved while the others are restarted.
    const signal = round === 0 ? "SIGKILL" : "SIGTERM";
    const code = await replica.kill(signal);
    ended[signal] += 1;
    if (signal === "SIGTERM") exitCodes.add(code);
    replicas[index] = await startBff({ ...options, port: replica.port });
  }
  stopWriting.abort();

  const settled = await Promise.race([written.then(() => true), sleep(settleMs, false)]);
  const caughtUp = await waitUntil(settleMs, () => writers.every((writer) => writer.isCaughtUp(sandbox)));
  return toResult(sandbox, writers, { settled, caughtUp, ended, exitCodes });
}

/** A visitor who writes one message after the other and records which were acknowledged. */
function createWriter(index: number, balancerUrl: string, bff: Bff) {
  const visitor: Visitor = createVisitor({
    baseUrl: bff.baseUrl.replace(bff.url, balancerUrl),
    origin: ORIGIN,
  });
  const acknowledged = new Map<string, string>();
  const failed: string[] = [];
  const tookMs: number[] = [];
  let sent = 0;
  visitor.client.open();
  return {
    visitor,
    acknowledged,
    failed,
    tookMs,
    get sent() {
      return sent;
    },
    async write(stop: AbortSignal): Promise<void> {
      while (!stop.aborted) {
        const text = `visitor ${index} message ${sent}`;
        sent += 1;
        const startedAt = performance.now();
        await visitor.client.send(text).then(
          (message) => {
            acknowledged.set(text, message.id);
            tookMs.push(performance.now() - startedAt);
          },
          (error: Error & { code?: string }) => failed.push(`${text}: ${error.code ?? error.message}`),
        );
        await sleep(500 + Math.random() * 1_000);
      }
    },
    /** Shows what the platform has, in its order. */
    isCaughtUp(sandbox: Sandbox): boolean {
      const session = sessionOf(visitor);
      if (session === null) return false;
      return (
        visitor.confirmed().join("\n") ===
        sandbox
          .messages(session)
          .map(({ content }) => content)
          .join("\n")
      );
    },
  };
}

type Writer = ReturnType<typeof createWriter>;

/** The visitor's session, read from the widget's storage. */
function sessionOf({ storage }: Visitor): string | null {
  for (let index = 0; index < storage.length; index += 1) {
    const found = /"sessionPublicId":"([^"]+)"/.exec(storage.getItem(storage.key(index) ?? "") ?? "");
    if (found?.[1] !== undefined) return found[1];
  }
  return null;
}

interface Course {
  readonly settled: boolean;
  readonly caughtUp: boolean;
  readonly ended: { readonly SIGTERM: number; readonly SIGKILL: number };
  readonly exitCodes: ReadonlySet<number | null>;
}

function toResult(sandbox: Sandbox, writers: readonly Writer[], course: Course): ScenarioResult {
  const broken: string[] = [];
  let lost = 0;
  let doubled = 0;
  let acknowledgedCount = 0;
  for (const { visitor, acknowledged } of writers) {
    const session = sessionOf(visitor);
    const contents = session === null ? [] : sandbox.messages(session).map(({ content }) => content);
    acknowledgedCount += acknowledged.size;
    for (const text of acknowledged.keys()) {
      const times = contents.filter((content) => content === text).length;
      if (times === 0) lost += 1;
      if (times > 1) doubled += 1;
    }
  }
  const orphans = sandbox.sessions().length - writers.length;
  const failed = writers.flatMap((writer) => writer.failed);
  const tookMs = writers.flatMap((writer) => writer.tookMs);
  const behind = writers.filter((writer) => !writer.isCaughtUp(sandbox)).length;
  if (lost > 0) broken.push(`${lost} acknowledged messages are not on the platform`);
  if (doubled > 0) broken.push(`${doubled} acknowledged messages are there twice`);
  if (!course.settled) broken.push("some sends were still waiting at the end");
  if (!course.caughtUp) broken.push(`${behind} visitors do not see what the platform has, in its order`);
  if (orphans !== 0) broken.push(`there are ${orphans} sessions more than visitors`);
  if (failed.length > 0) broken.push(`${failed.length} sends failed, such as ${failed[0]}`);
  const badCodes = [...course.exitCodes].filter((code) => code !== 0);
  if (badCodes.length > 0) broken.push(`a replica that was asked to end did so with ${badCodes.join(", ")}`);
  return {
    scenario: "replicas",
    figures: {
      sessions: writers.length,
      sent: writers.reduce((sum, writer) => sum + writer.sent, 0),
      acknowledged: acknowledgedCount,
      lost,
      doubled,
      failed: failed.length,
      orphans,
      replicasEnded: course.ended.SIGTERM,
      replicasKilled: course.ended.SIGKILL,
      medianMs: Math.round(percentile(tookMs, 0.5)),
      p99Ms: Math.round(percentile(tookMs, 0.99)),
      slowestMs: Math.round(percentile(tookMs, 1)),
      balancer: hasNginx() ? "nginx" : "round robin",
    },
    broken,
  };
}

async function waitUntil(withinMs: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}
