import { once } from "node:events";
import { connect } from "node:net";
import { findRedis } from "@mailoo-chat/workspace/find-redis";
import getPort from "get-port";
import { type ChildServer, startChildServer } from "./child-server.ts";

export interface RedisServer extends ChildServer {
  readonly port: number;
  /** `redis://127.0.0.1:port` */
  readonly url: string;
}

/** A Redis or Valkey for one test. It writes nothing to disk. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const command = findRedis();
  if (command === null) throw new Error("this test needs redis-server or valkey-server on the path");
  const chosen = port ?? (await getPort());
  const args = ["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = await startChildServer({ command, args, isUp: () => answersPing(chosen) });
  return { ...server, port: chosen, url: `redis://127.0.0.1:${chosen}` };
}

async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write("PING\r\n");
    const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(1_000) });
    return String(answer).startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
