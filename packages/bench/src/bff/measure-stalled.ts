import { setTimeout as sleep } from "node:timers/promises";
import { HEARTBEAT_MS } from "@mailoo-chat/protocol";
import type { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { joinSocket, joinSockets } from "./browser-sockets.ts";
import { connectedPeers } from "./connected-peers.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { stampNow, watchArrivals } from "./stamped-messages.ts";

const READERS = 20;
const PER_SECOND = 100;
/** Long enough that their slowest percent is more than a handful. */
const CALM_SECONDS = 15;
/** How long a message of the burst is, and how many each stalled reader is sent: the kernel takes them all. */
const BURST_UNITS = 3_500;
const BURST_MESSAGES = 10;
/** Of the burst, with each message of a reader. */
const BURST_AT_A_TIME = 2;

/**
 * Browsers that are connected and read nothing, each with a burst on its way to it; others of the same process read on.
 * The burst is one that the kernel takes in full: to the process those sockets look as if all had been delivered.
 */
export async function measureStalled({ short }: MeasureOptions): Promise<readonly Finding[]> {
  const count = short ? 50 : 500;
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  const stalledSessions = await issueSessions(count, "stalled");
  const readerSessions = await issueSessions(READERS, "reader");
  const readers = await joinSockets(
    bff.baseUrl,
    readerSessions.map(({ token }) => token),
  );
  const { latenciesMs } = watchArrivals(readers);
  const push = (index: number) => {
    platform.push(readerSessions[index % READERS]?.sessionPublicId ?? "", stampNow());
  };

  await atRate(PER_SECOND, 2 * PER_SECOND, push);
  latenciesMs.length = 0;
  await atRate(PER_SECOND, CALM_SECONDS * PER_SECOND, push);
  const calmP99Ms = percentile(latenciesMs.splice(0), 0.99);

  // They stall as soon as they are ready, a few at a time.
  const others = await connectedPeers(bff.port);
  const stalled: WebSocket[] = [];
  for (const { token } of stalledSessions) {
    const socket = await joinSocket(bff.baseUrl, token);
    socket.pause();
    stalled.push(socket);
  }
  const stalledAtMs = performance.now();
  const ofStalled = [...(await connectedPeers(bff.port))].filter((peer) => !others.has(peer));
  const text = "x".repeat(BURST_UNITS);
  let gone = false;
  let latestMs = Number.POSITIVE_INFINITY;
  const watching = (async () => {
    while (performance.now() - stalledAtMs < 3 * HEARTBEAT_MS) {
      const left = await connectedPeers(bff.port);
      if (!ofStalled.some((peer) => left.has(peer))) {
        latestMs = performance.now() - stalledAtMs;
        break;
      }
      await sleep(250);
    }
    gone = true;
  })();
  let pushed = 0;
  while (!gone) {
    await atRate(PER_SECOND, PER_SECOND, (index) => {
      push(index);
      for (let burst = 0; burst < BURST_AT_A_TIME && pushed < count * BURST_MESSAGES; burst += 1) {
        platform.push(stalledSessions[pushed % count]?.sessionPublicId ?? "", text);
        pushed += 1;
      }
    });
  }
  await watching;
  const underBurstP99Ms = percentile(latenciesMs, 0.99);
  for (const socket of [...stalled, ...readers]) socket.terminate();
  return [
    {
      what: `${count} stalled readers under burst: until the last is closed`,
      figure: latestMs / 1000,
      unit: "s",
      aim: (2 * HEARTBEAT_MS) / 1000,
      never: (2 * HEARTBEAT_MS) / 1000 + 2,
      reference: `two heartbeats, ${pushed} messages of ${BURST_UNITS} characters`,
    },
    {
      what: "the others' p99 meanwhile, of theirs before",
      figure: underBurstP99Ms / calmP99Ms,
      unit: "×",
      aim: 2,
      never: null,
      reference: `${underBurstP99Ms.toFixed(2)} ms against ${calmP99Ms.toFixed(2)} ms`,
    },
  ];
}
