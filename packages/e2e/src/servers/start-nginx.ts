import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { startChildServer } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import type { Balancer } from "./start-round-robin.ts";

/** Whether this machine has nginx. */
export function hasNginx(): boolean {
  return findOnPath("nginx") !== null;
}

/** nginx in front of replicas, in turn and without stickiness, as `docs/operations.md` shows it. */
export async function startNginx(targetPorts: readonly number[]): Promise<Balancer> {
  const command = findOnPath("nginx");
  if (command === null) throw new Error("nginx is not on the path");
  const directory = await mkdtemp(join(tmpdir(), "mailoo-nginx-"));
  const port = await freePort();
  const file = join(directory, "nginx.conf");
  await writeFile(file, toConfiguration(port, targetPorts, directory));
  const server = await startChildServer({
    command,
    args: ["-p", directory, "-e", join(directory, "error.log"), "-c", file],
    isUp: () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        async (answer) => (await answer.text()) !== null,
        () => false,
      ),
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server.kill("SIGQUIT");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function toConfiguration(port: number, targetPorts: readonly number[], directory: string): string {
  const servers = targetPorts.map((target) => `    server 127.0.0.1:${target} max_fails=1 fail_timeout=1s;`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `  ${kind}_temp_path ${directory}/${kind};`,
  );
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
${temporary.join("\n")}
  upstream replicas {
${servers.join("\n")}
    keepalive 64;
  }
  map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout 60s;
      proxy_buffering off;
    }
  }
}
`;
}
