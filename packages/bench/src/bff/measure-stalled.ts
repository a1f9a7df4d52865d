import { setTimeout as sleep } from "node:timers/promises";
import { HEARTBEAT_MS } from "@mailoo-chat/protocol";
import type { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { atRate } from "./at-rate.ts";
import { startBenchBff } from "./bench-target.ts";
import { joinSocket, joinSockets } from "./browser-sockets.ts";
import { connectedPeers } from "./connected-peers.ts";
import { type ConstantPlatform, startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { stampNow, watchArrivals } from "./stamped-messages.ts";

/** Subscribers at each BFF, and messages a second for all of them. */
const READERS = 20;
const PER_SECOND = 100;
/** Start-up work of a process ends by then. */
const SETTLE_SECONDS = 10;
const CALM_SECONDS = 10;
/** Length and number of messages in the burst for each stalled subscriber: the kernel buffers all of them. */
const BURST_UNITS = 3_500;
const BURST_MESSAGES = 10;
/** Of the burst, with each message of a reader. */
const BURST_AT_A_TIME = 2;

/**
 * Connected browsers that stop reading get a burst each, while others of the same process keep reading.
 * The kernel buffers the whole burst, so to the process it looks delivered.
 *
 * A second BFF with as many subscribers, none of them stalled, runs at the same time as the reference: the slowest percent
 * consists of the machine's own pauses, which change from minute to minute.
 */
export async function measureStalled({ short }: MeasureOptions): Promise<readonly Finding[]> {
  const count = short ? 50 : 500;
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  await using beside = await startBenchBff(platform.url);
  const stalledSessions = await issueSessions(count, "stalled");
  const others = await gatherReaders(platform, bff.baseUrl, "reader");
  const unharmed = await gatherReaders(platform, beside.baseUrl, "beside");
  const push = (index: number) => {
    for (const group of index % 2 === 0 ? [others, unharmed] : [unharmed, others]) group.push(index);
  };

  await atRate(PER_SECOND, SETTLE_SECONDS * PER_SECOND, push);
  others.takeLatenciesMs();
  await atRate(PER_SECOND, CALM_SECONDS * PER_SECOND, push);
  const calmP99Ms = percentile(others.takeLatenciesMs(), 0.99);

  // They stop reading as soon as they are ready, a few at a time.
  const peersBefore = await connectedPeers(bff.port);
  const stalled: WebSocket[] = [];
  for (const { token } of stalledSessions) {
    const socket = await joinSocket(bff.baseUrl, token);
    socket.pause();
    stalled.push(socket);
  }
  const stalledAtMs = performance.now();
  const ofStalled = [...(await connectedPeers(bff.port))].filter((peer) => !peersBefore.has(peer));
  unharmed.takeLatenciesMs();
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
  const p99Ms = percentile(others.takeLatenciesMs(), 0.99);
  const besideP99Ms = percentile(unharmed.takeLatenciesMs(), 0.99);
  for (const socket of stalled) socket.terminate();
  for (const group of [others, unharmed]) group.leave();
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
      what: "the others' p99 meanwhile, of readers' at a BFF beside it",
      figure: p99Ms / besideP99Ms,
      unit: "×",
      aim: 2,
      never: null,
      reference: `${p99Ms.toFixed(2)} ms against ${besideP99Ms.toFixed(2)} ms; ${calmP99Ms.toFixed(2)} ms before the burst`,
    },
  ];
}

/** Browsers that keep reading; messages go to them in turn. */
async function gatherReaders(platform: ConstantPlatform, baseUrl: string, name: string) {
  const sessions = await issueSessions(READERS, name);
  const readers = await joinSockets(
    baseUrl,
    sessions.map(({ token }) => token),
  );
  const { latenciesMs } = watchArrivals(readers);
  return {
    push(index: number): void {
      platform.push(sessions[index % READERS]?.sessionPublicId ?? "", stampNow());
    },
    /** Latencies since the last call. */
    takeLatenciesMs: () => latenciesMs.splice(0),
    leave() {
      for (const reader of readers) reader.terminate();
    },
  };
}
