import { readFile } from "node:fs/promises";

/**
 * The client ports of connections to a port of 127.0.0.1. Read from the kernel's table: the server needs some
 * milliseconds to write its metrics, which at four requests a second would be the slowest percent of
 * its work.
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
