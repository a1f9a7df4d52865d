import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { startChildServer } from "./child-server.ts";
import type { Balancer } from "./start-round-robin.ts";

export interface Nginx extends Balancer {
  /** Reloads the configuration: new workers take over, old ones finish their requests. Resolves when the new ones run. */
  reload(): Promise<void>;
}

/** The tests change only its addresses. */
const EXAMPLE = join(REPOSITORY, "examples/docker-compose/nginx.conf");

/** Whether this machine has nginx. */
export function hasNginx(): boolean {
  return findOnPath("nginx") !== null;
}

/** nginx in front of replicas, in turn and without stickiness, with the configuration of `examples/docker-compose`. */
export async function startNginx(targetPorts: readonly number[]): Promise<Nginx> {
  const port = await getPort();
  return runNginx(toExampleAt(await readFile(EXAMPLE, "utf8"), port, targetPorts), port);
}

/** nginx with a configuration for the `http` block that listens on `127.0.0.1:port`. */
export async function runNginx(configuration: string, port: number): Promise<Nginx> {
  const command = findOnPath("nginx");
  if (command === null) throw new Error("nginx is not on the path");
  const directory = await mkdtemp(join(tmpdir(), "mailoo-nginx-"));
  const file = join(directory, "nginx.conf");
  const log = join(directory, "error.log");
  await writeFile(join(directory, "chat.conf"), configuration);
  await writeFile(file, toMainConfiguration(directory, log));
  const server = await startChildServer({
    command,
    args: ["-p", directory, "-e", log, "-c", file],
    isUp: () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        async (answer) => (await answer.text()) !== null,
        () => false,
      ),
  });
  const workersStarted = async () => (await readFile(log, "utf8")).split("start worker process ").length;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async reload() {
      const before = await workersStarted();
      process.kill(server.pid, "SIGHUP");
      while ((await workersStarted()) === before) await sleep(20);
    },
    async [Symbol.asyncDispose]() {
      await server.kill("SIGTERM");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The example with this machine's addresses instead of the containers'. */
function toExampleAt(example: string, port: number, targetPorts: readonly number[]): string {
  const [, options] = /^ *server bff-1:8787(.*);$/m.exec(example) ?? [];
  const servers = targetPorts.map((target) => `    server 127.0.0.1:${target}${options};`).join("\n");
  return replaceOnce(
    replaceOnce(example, /(?:^ *server bff-\d:8787.*;\n)+/m, `${servers}\n`),
    /^ *listen 80;$/m,
    `    listen 127.0.0.1:${port} backlog=4096;`,
  );
}

/** The distribution's main file, for the test's own directory. */
function toMainConfiguration(directory: string, log: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `  ${kind}_temp_path ${directory}/${kind};`,
  );
  // A worker of another user could not write into the directory.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${log} notice;
events { worker_connections 4096; }
http {
  access_log off;
${temporary.join("\n")}
  include ${directory}/chat.conf;
}
`;
}

function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  const replaced = text.replace(pattern, () => replacement);
  if (replaced === text) throw new Error(`${EXAMPLE} has nothing like ${pattern}`);
  return replaced;
}
