import { setTimeout as sleep } from "node:timers/promises";
import { type ReferenceServer, startBenchBff, startReferenceSockets } from "./bench-target.ts";
import { joinSockets } from "./browser-sockets.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { residentBytesOf } from "./process-usage.ts";
import { requireDescriptors } from "./require-descriptors.ts";

/** Memory of an idle session: the browser's socket, the feed, and the socket to the platform. */
export async function measureIdle({ short }: MeasureOptions): Promise<readonly Finding[]> {
  const count = short ? 2_000 : 5_000;
  requireDescriptors(3 * count + 500);
  const tokens = (await issueSessions(count, "idle")).map(({ token }) => token);
  const perSession = await perSessionKiB(tokens, async (platformUrl) => {
    const bff = await startBenchBff(platformUrl);
    return { server: bff, baseUrl: bff.baseUrl };
  });
  const perPair = await perSessionKiB(tokens, async (platformUrl) => {
    const server = await startReferenceSockets(platformUrl);
    return { server, baseUrl: server.url };
  });
  return [
    {
      what: `resident memory per idle session with its socket to the platform, ${count} of them`,
      figure: perSession,
      unit: "KiB",
      aim: 32,
      never: null,
      reference: `a bare pair of ws sockets: ${perPair.toFixed(1)} KiB`,
    },
  ];
}

interface Subject {
  readonly server: Pick<ReferenceServer, "pid" | typeof Symbol.asyncDispose>;
  readonly baseUrl: string;
}

const WARM_UP = 50;

async function perSessionKiB(
  tokens: readonly string[],
  start: (platformUrl: string) => Promise<Subject>,
): Promise<number> {
  await using platform = await startConstantPlatform();
  const { server, baseUrl } = await start(platform.url);
  await using _server = server;
  // Code that the first sessions load and compile is not counted.
  const first = await joinSockets(baseUrl, tokens.slice(0, WARM_UP));
  await sleep(SETTLE_MS);
  const beforeBytes = residentBytesOf(server.pid);
  const rest = await joinSockets(baseUrl, tokens.slice(WARM_UP));
  const afterBytes = await settledBytesOf(server.pid);
  for (const socket of [...first, ...rest]) socket.terminate();
  return (afterBytes - beforeBytes) / 1024 / rest.length;
}

const SETTLE_MS = 1_000;
const SETTLE_AT_MOST = 8;

/** Waits until the memory stops falling: garbage is collected when the process is idle. */
async function settledBytesOf(pid: number): Promise<number> {
  let bytes = residentBytesOf(pid);
  for (let waited = 0; waited < SETTLE_AT_MOST; waited += 1) {
    await sleep(SETTLE_MS);
    bytes = Math.min(bytes, residentBytesOf(pid));
  }
  return bytes;
}
