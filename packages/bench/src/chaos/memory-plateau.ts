import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bff, startBff } from "@mailoo-chat/e2e/servers/start-bff";
import { SUBPROTOCOL } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import { WebSocket } from "ws";
import { NO_BUDGET, ORIGIN, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

const SESSIONS = 50;
const AT_A_TIME = 20;

/** Thousands of sockets that open and close must not grow the BFF's memory. */
export async function runMemoryPlateau({ short }: ScenarioOptions): Promise<ScenarioResult> {
  const connections = short ? 300 : 2_000;
  await using sandbox = await startSandbox();
  await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN], env: NO_BUDGET });
  const tokens = await Promise.all(Array.from({ length: SESSIONS }, (_, index) => openSession(bff, index)));

  const residentMiB: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (let done = 0; done < connections; done += AT_A_TIME) {
      await Promise.all(
        Array.from({ length: AT_A_TIME }, (_, index) =>
          comeAndGo(bff, tokens[(done + index) % SESSIONS] ?? ""),
        ),
      );
    }
    // Garbage is collected when the process has nothing else to do.
    await sleep(short ? 200 : 2_000);
    residentMiB.push(await residentMiBOf(bff.pid));
  }
  const [second = 0] = residentMiB.slice(1);
  const last = residentMiB.at(-1) ?? 0;
  const growth = last / second - 1;
  return {
    scenario: "memory",
    figures: {
      connectionsARound: connections,
      residentMiB: residentMiB.map((value) => value.toFixed(1)).join(" "),
      growthFromSecondRound: Number(growth.toFixed(3)),
    },
    // The first round fills caches and pools. After that, the size may vary but not grow.
    broken:
      growth > 0.15 ? [`the resident size grew by ${(growth * 100).toFixed(0)} % after the first round`] : [],
  };
}

async function openSession(bff: Bff, index: number): Promise<string> {
  const answer = await fetch(`${bff.baseUrl}/submit`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN },
    body: JSON.stringify({ content: `Session ${index}` }),
  });
  const body = (await answer.json()) as { session: { token: string } }; // the BFF's own, checked elsewhere
  return body.session.token;
}

/** Opens a socket, sends hello, waits for ready, and closes. */
async function comeAndGo(bff: Bff, token: string): Promise<void> {
  const socket = new WebSocket(`${bff.baseUrl.replace("http", "ws")}/ws`, SUBPROTOCOL, { origin: ORIGIN });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "hello", token }));
  await once(socket, "message");
  socket.close();
  await once(socket, "close");
}

async function residentMiBOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
