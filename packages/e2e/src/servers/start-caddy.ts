import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { type ChildServer, startChildServer } from "./child-server.ts";

export interface Caddy extends ChildServer {
  /** The certificate of Caddy's own authority, which has signed the site's. */
  readonly authority: string;
}

/** Whether this machine has Caddy. */
export function hasCaddy(): boolean {
  return findOnPath("caddy") !== null;
}

/** Caddy with sites on `https://localhost:port`. Keeps its certificates in a folder of its own. */
export async function startCaddy(sites: string, port: number): Promise<Caddy> {
  const command = findOnPath("caddy");
  if (command === null) throw new Error("caddy is not on the path");
  const directory = await mkdtemp(join(tmpdir(), "mailoo-caddy-"));
  const file = join(directory, "Caddyfile");
  const options = `{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system ${directory}
}
`;
  await writeFile(file, options + sites);
  const server = await startChildServer({
    command,
    args: ["run", "--config", file, "--adapter", "caddyfile"],
    isUp: () => takesTls(port),
  });
  return {
    ...server,
    authority: join(directory, "pki/authorities/local/root.crt"),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGTERM");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether the site has its certificate, which Caddy makes after it has begun to listen. */
function takesTls(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: "localhost", servername: "localhost", rejectUnauthorized: false });
  socket.once("secureConnect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
