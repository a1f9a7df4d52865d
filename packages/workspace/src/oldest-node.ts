import { join } from "node:path";

/** The oldest Node that the published packages promise (`engines`), from the npm package `node` under another name. */
export const OLDEST_NODE = join(import.meta.dirname, "../node_modules/node-22/bin/node");

/** Tests that also run on it, one for each part of Node that differs: HTTP and WebSocket, processes, proxies, SQLite. */
export const OLDEST_NODE_TESTS = [
  "packages/bff/test/socket",
  "packages/bff/test/process",
  "packages/bff/test/egress-proxy",
  "packages/sandbox/test/sockets",
  "packages/sandbox/test/webhooks",
];
