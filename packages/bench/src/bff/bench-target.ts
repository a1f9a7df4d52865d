import { join } from "node:path";
import { type ChildServer, startChildServer } from "@mailoo-chat/e2e/servers/child-server";
import { freePort } from "@mailoo-chat/e2e/servers/free-port";
import { type Bff, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import type { SubmitResponse } from "@mailoo-chat/protocol";

export const ORIGIN = "http://shop.test";

/** Every check is made and every limit is counted; none is met. */
const WIDE_LIMITS = {
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "100000000/60",
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "100000000/60",
  MAILOO_CHAT_LIMIT_IP_SOCKETS: "1000000",
  MAILOO_CHAT_LIMIT_SESSION_SENDS: "100000000/60",
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: "1000000/1",
  MAILOO_CHAT_LIMIT_UPSTREAM_READS: "1000000/1",
  LOG_LEVEL: "info",
};

export function startBenchBff(platformUrl: string): Promise<Bff> {
  return startBff({ platformUrl, allowedOrigins: [ORIGIN], env: WIDE_LIMITS });
}

export async function startReferenceProxy(
  platformUrl: string,
): Promise<ChildServer & { readonly url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startChildServer({
    command: process.execPath,
    args: [join(import.meta.dirname, "reference-proxy.ts"), String(port), platformUrl],
    isUp: () =>
      fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      ),
  });
  return { ...server, url };
}

/** Sessions to measure with, opened through the BFF. */
export async function openSessions(bff: Bff, count: number): Promise<readonly SubmitResponse["session"][]> {
  const sessions: SubmitResponse["session"][] = [];
  for (let opened = 0; opened < count; opened += 1) {
    const answer = await fetch(`${bff.baseUrl}/submit`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: ORIGIN },
      body: JSON.stringify({
        content: "Hello",
        visitorKey: `bench-visitor-key-${String(opened).padStart(8, "0")}`,
      }),
    });
    if (answer.status !== 201) throw new Error(`submit answered ${answer.status}`);
    sessions.push(((await answer.json()) as SubmitResponse).session);
  }
  return sessions;
}
