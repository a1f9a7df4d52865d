import type { Server } from "node:http";
import type { Socket } from "node:net";
import { addressBlock } from "./lib/client-address.ts";
import { createOccupancy } from "./lib/occupancy.ts";

/** The maximum share of all connections for one address. */
const SHARE_PER_ADDRESS = 1 / 2;
/** Above this load, idle keep-alive connections are closed. */
const CROWDED_FROM = 0.9;

/**
 * Limits a server's connections, so that neither idle ones nor one address can block all others.
 *
 * @param byAddress whether peers are visitors: behind a proxy, all have its address
 */
export function guardConnections(server: Server, { byAddress }: { readonly byAddress: boolean }): void {
  const max = maxConnections();
  const perAddress = createOccupancy(byAddress ? Math.ceil(max * SHARE_PER_ADDRESS) : null);
  let open = 0;
  server.maxConnections = max;
  server.on("connection", (socket: Socket) => {
    const block = addressBlock(socket.remoteAddress);
    if (!perAddress.acquire(block)) {
      socket.destroy();
      return;
    }
    open++;
    socket.once("close", () => {
      open--;
      perAddress.release(block);
    });
    if (open >= max * CROWDED_FROM) server.closeIdleConnections();
  });
}

/** Descriptors reserved for files, Redis and the HTTP connections to the platform. */
const RESERVED_DESCRIPTORS = 256;
/** Used if the process has no limit, or Node does not report it (Windows). */
const DEFAULT_DESCRIPTORS = 65_536;

/**
 * A browser's socket may need a second descriptor, for its session's socket to the platform. Without descriptors, open
 * connections would break; with this limit, only new ones are refused.
 */
function maxConnections(): number {
  // Node's types do not describe the report.
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const limit = userLimits?.open_files?.soft;
  const descriptors = typeof limit === "number" ? limit : DEFAULT_DESCRIPTORS;
  return Math.max(64, Math.floor((descriptors - RESERVED_DESCRIPTORS) / 2));
}
