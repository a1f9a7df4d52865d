import { setTimeout as sleep } from "node:timers/promises";
import { createVisitor, type Visitor } from "@mailoo-chat/e2e/headless-visitor";
import { startBff } from "@mailoo-chat/e2e/servers/start-bff";
import { startSandbox } from "@mailoo-chat/sandbox";
import { createArrivalCurve } from "../simulation/arrival-curve.ts";
import { percentile } from "./percentile.ts";
import { NO_BUDGET, ORIGIN, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

/** Restarts a BFF with many connected visitors and measures when they reconnect, and how evenly. */
export async function runRestartStorm(
  { short }: ScenarioOptions,
  signal: "SIGTERM" | "SIGKILL",
): Promise<ScenarioResult> {
  const count = short ? 60 : 200;
  await using sandbox = await startSandbox();
  const options = { platformUrl: sandbox.url, allowedOrigins: [ORIGIN], env: NO_BUDGET };
  const first = await startBff(options);
  await using _first = first;
  const visitors = Array.from({ length: count }, () =>
    createVisitor({ baseUrl: first.baseUrl, origin: ORIGIN }),
  );
  using _visitors = {
    [Symbol.dispose]: () => {
      for (const visitor of visitors) visitor[Symbol.dispose]();
    },
  };
  for (const { client } of visitors) client.open();
  await Promise.all(visitors.map(({ client }, index) => client.send(`I am visitor ${index}`)));
  await Promise.all(visitors.map(untilOnline));

  const lostAtMs = Date.now();
  const backAtMs = visitors.map(untilLostAndBack);
  await first.kill(signal);
  const downMs = Date.now() - lostAtMs;
  await using _second = await startBff({ ...options, port: first.port });
  const upAgainMs = Date.now() - lostAtMs;
  const backMs = (await Promise.race([Promise.all(backAtMs), sleep(60_000, [])])).map(
    (atMs) => atMs - lostAtMs,
  );

  const curve = createArrivalCurve();
  for (const { dialsAtMs } of visitors) {
    for (const atMs of dialsAtMs) if (atMs >= lostAtMs) curve.add(atMs - lostAtMs);
  }
  const medianBackMs = percentile(backMs, 0.5);
  const broken: string[] = [];
  // With few clients chance alone fills a second beyond the bound.
  const bound = short ? 0.3 : 0.15;
  if (curve.peakShare > bound)
    broken.push(`a second holds ${(curve.peakShare * 100).toFixed(1)} % of the dials`);
  if (backMs.length < count) broken.push("not all are back after a minute");
  if (!(medianBackMs - upAgainMs <= 10_000)) broken.push(`half are back only after ${medianBackMs} ms`);
  return {
    scenario: `restart by ${signal}`,
    figures: {
      clients: count,
      processEndedAfterMs: downMs,
      upAgainAfterMs: upAgainMs,
      dials: curve.total,
      busiestSecondShare: Number(curve.peakShare.toFixed(3)),
      dialsPerSecond: curve.perSecond.join(" "),
      medianBackMs,
      allBackMs: percentile(backMs, 1),
    },
    broken,
  };
}

function untilOnline({ client }: Visitor): Promise<void> {
  return new Promise((resolve) => {
    if (client.state.connection.name === "online") return resolve();
    const stop = client.subscribe((state) => {
      if (state.connection.name !== "online") return;
      stop();
      resolve();
    });
  });
}

/** Resolves with the time at which a visitor who is online now is so again. */
function untilLostAndBack({ client }: Visitor): Promise<number> {
  return new Promise((resolve) => {
    let lost = false;
    const stop = client.subscribe((state) => {
      lost ||= state.connection.name !== "online";
      if (!lost || state.connection.name !== "online") return;
      stop();
      resolve(Date.now());
    });
  });
}
