import { readFile } from "node:fs/promises";

/**
 * The ports from which connections to a port of 127.0.0.1 stand. Read from the kernel's table and not from the server's
 * metrics, which take the server some milliseconds to write: asked four times a second, they would be the slowest percent of
 * all that it does meanwhile.
 */
export async function connectedPeers(port: number): Promise<ReadonlySet<number>> {
  const peers = new Set<number>();
  for (const line of (await readFile("/proc/net/tcp", "utf8")).split("\n")) {
    // `sl local remote state …`, addresses and ports in hexadecimal.
    const [, local = "", remote = "", state] = line.trim().split(/\s+/);
    if (state === ESTABLISHED && portOf(local) === port) peers.add(portOf(remote));
  }
  return peers;
}

const ESTABLISHED = "01";

function portOf(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
