import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import getPort from "get-port";
import { Redis } from "ioredis";

/** A Redis (or Valkey) of the test's own, without persistence. */
export interface RedisFixture extends AsyncDisposable {
  readonly url: string;
  /** Stops the process without killing it: connections stay, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends the process at once; what it held is gone. */
  kill(): Promise<void>;
  /** Starts an empty one on the same port. */
  restart(): Promise<void>;
  /** A plain connection, for a look at what is stored. */
  connect(): Promise<Redis & AsyncDisposable>;
}

export async function startRedis(): Promise<RedisFixture> {
  const binary = findBinary(["redis-server", "valkey-server"]);
  const port = await getPort();
  const url = `redis://127.0.0.1:${port}`;
  let child = await launch(binary, port);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }

  return {
    url,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    kill,
    async restart() {
      await kill();
      child = await launch(binary, port);
    },
    async connect() {
      const redis = new Redis(url, { lazyConnect: true });
      await redis.connect();
      return Object.assign(redis, { [Symbol.asyncDispose]: async () => redis.disconnect() });
    },
    [Symbol.asyncDispose]: kill,
  };
}

function launch(binary: string, port: number): Promise<ChildProcess> {
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Ready to accept connections")) resolve(child);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${binary} ended with ${code}:\n${said}`)));
  });
}

function findBinary(names: readonly string[]): string {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`none of ${names.join(", ")} is on the PATH: install Redis or Valkey to run this test`);
}
