import { setTimeout as sleep } from "node:timers/promises";
import { CLOSE } from "@mailoo-chat/protocol";
import { startBenchBff } from "./bench-target.ts";
import { readMetric } from "./bff-metrics.ts";
import { joinSockets } from "./browser-sockets.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { requireDescriptors } from "./require-descriptors.ts";
import { submitTo } from "./submit-posts.ts";

const SENDS = 100;
/** How long after the signal the platform answers. Not all sends reach it at once: the others are queued. */
const PLATFORM_ANSWERS_AFTER_MS = 300;

/** SIGTERM under load. */
export async function measureDrain({ short }: MeasureOptions): Promise<readonly Finding[]> {
  const count = short ? 500 : 5_000;
  requireDescriptors(2 * count + 500);
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url, { METRICS: "on" });
  const sessions = await issueSessions(count, "drain");
  const sockets = await joinSockets(
    bff.baseUrl,
    sessions.map(({ token }) => token),
  );
  let told = 0;
  let closedAsTold = 0;
  const allClosed = Promise.all(
    sockets.map((socket) => {
      socket.on("message", (data) => {
        if (String(data).startsWith('{"type":"reconnect"')) told += 1;
      });
      return new Promise<void>((resolve) => {
        socket.once("close", (code) => {
          if (code === CLOSE.serviceRestart) closedAsTold += 1;
          resolve();
        });
      });
    }),
  );

  await using client = submitTo(bff.url, sessions.slice(0, SENDS));
  const answerSends = platform.holdSends();
  const statuses = Promise.all(Array.from({ length: SENDS }, () => client.post().catch(() => 0)));
  const inFlight = () => readMetric(`${bff.baseUrl}/metrics`, "mailoo_chat_sends_in_flight");
  while ((await inFlight()) < SENDS) await sleep(20);
  const askedAtMs = performance.now();
  const exited = bff.kill("SIGTERM");
  await sleep(PLATFORM_ANSWERS_AFTER_MS);
  answerSends();
  const exitCode = await exited;
  const tookMs = performance.now() - askedAtMs;
  const failed = (await statuses).filter((status) => status !== 201).length;
  await Promise.race([allClosed, sleep(2_000)]);
  for (const socket of sockets) socket.terminate();
  return [
    {
      what: `SIGTERM with ${count} sockets and ${SENDS} sends on their way: sends that failed`,
      figure: failed,
      unit: "",
      aim: 0,
      never: 0,
      reference: `the platform answers ${PLATFORM_ANSWERS_AFTER_MS} ms after the signal`,
    },
    {
      what: "sockets that were not told when to come back, and closed with 1012",
      figure: count - Math.min(told, closedAsTold),
      unit: "",
      aim: 0,
      never: 0,
      reference: `of ${count}`,
    },
    {
      what: "from SIGTERM to the end of the process",
      figure: exitCode === 0 ? tookMs / 1000 : Number.NaN,
      unit: "s",
      aim: 10,
      never: 10,
      reference: `exit code ${exitCode}`,
    },
  ];
}
