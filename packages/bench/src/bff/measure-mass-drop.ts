import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { startBenchBff, startReferenceSockets } from "./bench-target.ts";
import { joinSockets } from "./browser-sockets.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { requireDescriptors } from "./require-descriptors.ts";

const ROUNDS = 3;

/**
 * All sockets drop and reconnect at the same moment, as after the restart of a proxy in front of a
 * BFF. The sessions' feeds linger. Compared with a bare `ws` server.
 */
export async function measureMassDrop({ short }: MeasureOptions): Promise<readonly Finding[]> {
  const count = short ? 500 : 5_000;
  requireDescriptors(3 * count + 500);
  const tokens = (await issueSessions(count, "drop")).map(({ token }) => token);
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  await using bare = await startReferenceSockets();

  const bffCrowd = await createCrowd(bff.baseUrl, tokens);
  const bareCrowd = await createCrowd(bare.url, tokens);
  const bffMs: number[] = [];
  const bareMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bareMs.push(await bareCrowd.dropAndReturn());
    bffMs.push(await bffCrowd.dropAndReturn());
  }
  for (const crowd of [bffCrowd, bareCrowd]) crowd.leave();
  const figure = percentile(bffMs, 0.5) / percentile(bareMs, 0.5);
  return [
    {
      what: `${count} sockets dropped at once: until all are ready again, of a bare ws server's`,
      figure,
      unit: "×",
      aim: 2.5,
      never: null,
      reference: `${percentile(bffMs, 0.5).toFixed(0)} ms against ${percentile(bareMs, 0.5).toFixed(0)} ms`,
    },
  ];
}

const BETWEEN_ROUNDS_MS = 1_000;

async function createCrowd(baseUrl: string, tokens: readonly string[]) {
  let sockets: readonly WebSocket[] = await joinSockets(baseUrl, tokens);
  const leave = () => {
    for (const socket of sockets) socket.terminate();
  };
  return {
    leave,
    async dropAndReturn(): Promise<number> {
      await sleep(BETWEEN_ROUNDS_MS);
      leave();
      const droppedAtMs = performance.now();
      sockets = await joinSockets(baseUrl, tokens, tokens.length);
      return performance.now() - droppedAtMs;
    },
  };
}
