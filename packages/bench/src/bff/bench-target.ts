import { join } from "node:path";
import { type ChildServer, startChildServer } from "@mailoo-chat/e2e/servers/child-server";
import { type Bff, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import getPort from "get-port";

export const ORIGIN = "http://shop.test";

/** All checks and limits are on, and no limit is reached. */
const WIDE_LIMITS = {
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "100000000/60",
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "100000000/60",
  MAILOO_CHAT_LIMIT_IP_SOCKETS: "1000000",
  MAILOO_CHAT_LIMIT_SESSION_SENDS: "100000000/60",
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: "1000000/1",
  MAILOO_CHAT_LIMIT_UPSTREAM_READS: "1000000/1",
  LOG_LEVEL: "info",
};

/** The built command in a process of its own. */
export function startBenchBff(platformUrl: string, env: Readonly<Record<string, string>> = {}): Promise<Bff> {
  return startBff({ platformUrl, allowedOrigins: [ORIGIN], env: { ...WIDE_LIMITS, ...env } });
}

export interface ReferenceServer extends ChildServer {
  readonly url: string;
}

/** A bare proxy with the BFF's libraries: the minimum cost of a submit. */
export function startReferenceProxy(platformUrl: string): Promise<ReferenceServer> {
  return startReference("reference-proxy.ts", platformUrl);
}

/** A bare `ws` server. With a platform's URL, it opens a socket there for each of its own. */
export function startReferenceSockets(platformUrl?: string): Promise<ReferenceServer> {
  return startReference("reference-sockets.ts", ...(platformUrl === undefined ? [] : [platformUrl]));
}

async function startReference(file: string, ...args: readonly string[]): Promise<ReferenceServer> {
  const port = await getPort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startChildServer({
    command: process.execPath,
    args: [join(import.meta.dirname, file), String(port), ...args],
    isUp: () =>
      fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      ),
  });
  return { ...server, url };
}
