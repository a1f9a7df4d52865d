import type { Server } from "node:http";
import type { Socket } from "node:net";
import { addressBlock } from "./lib/client-address.ts";
import { createOccupancy } from "./lib/occupancy.ts";

export interface ConnectionRules {
  /** Connections at a time. */
  readonly max: number;
  /** Whether the peers are visitors: behind a proxy, all have its address. */
  readonly byAddress: boolean;
}

/** One address may hold this share of all connections. */
const SHARE_OF_ADDRESS = 1 / 2;
/** From here on, connections without a request are closed to make room. */
const CROWDED_FROM = 0.9;

/** Bounds a server's connections, so that neither idle ones nor those of one address keep everybody else out. */
export function guardConnections(server: Server, { max, byAddress }: ConnectionRules): void {
  const perAddress = createOccupancy(byAddress ? Math.ceil(max * SHARE_OF_ADDRESS) : null);
  let open = 0;
  server.maxConnections = max;
  server.on("connection", (socket: Socket) => {
    const block = addressBlock(socket.remoteAddress);
    if (!perAddress.enter(block)) {
      socket.destroy();
      return;
    }
    open++;
    socket.once("close", () => {
      open--;
      perAddress.leave(block);
    });
    if (open >= max * CROWDED_FROM) server.closeIdleConnections();
  });
}
