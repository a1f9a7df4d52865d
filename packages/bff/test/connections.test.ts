import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { openRawConnection, type RawConnection } from "./support/raw-http.ts";
import { spawnBff } from "./support/spawn-bff.ts";

/** The server holds 64 connections then. */
const MAX_DESCRIPTORS = 384;

const REQUEST = `GET ${DEFAULT_BASE_PATH}/healthz HTTP/1.1\r\nHost: bff\r\n\r\n`;

/** Opens as many connections as asked, or as are let in, and leaves each idle after one answer. */
async function openIdle(url: string, count: number): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let index = 0; index < count; index++) {
    const connection = await openRawConnection(url);
    const answered = new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.write(REQUEST);
    await Promise.race([answered, connection.ended]);
    connections.push(connection);
  }
  return connections;
}

describe("a server with few descriptors", { timeout: 60_000 }, () => {
  it("closes idle connections before it refuses new ones", async () => {
    await using sandbox = await startSandbox();
    await using bff = await spawnBff({
      platform: sandbox,
      env: { TRUST_PROXY: "1" },
      maxDescriptors: MAX_DESCRIPTORS,
    });
    const idle = await openIdle(bff.url, 100);
    expect((await fetch(`${bff.url}/healthz`)).status).toBe(200);
    for (const { socket } of idle) socket.destroy();
  });

  it("limits how many connections one address takes", async () => {
    await using sandbox = await startSandbox();
    await using bff = await spawnBff({
      platform: sandbox,
      env: { HOST: "::" },
      maxDescriptors: MAX_DESCRIPTORS,
    });
    const { port } = new URL(bff.url);
    // Halfway through a request: none is idle.
    const held: RawConnection[] = [];
    for (let index = 0; index < 64; index++) {
      const connection = await openRawConnection(`http://127.0.0.1:${port}`);
      connection.socket.write(REQUEST.slice(0, -2));
      held.push(connection);
    }
    expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200);
    for (const { socket } of held) socket.destroy();
  });
});
