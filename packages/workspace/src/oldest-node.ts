import { join } from "node:path";

/** The oldest Node that the published packages promise (`engines`), from the npm package `node` under another name. */
export const OLDEST_NODE = join(import.meta.dirname, "../node_modules/node-22/bin/node");

/**
 * What is run on it beside the current one: everything that opens the servers' ports. What proves patience by waiting
 * proves the same on any Node.
 */
export const OLDEST_NODE_TESTS = {
  include: [
    "packages/bff/test/",
    "packages/sandbox/test/webhooks",
    "packages/sandbox/test/sockets",
    "packages/sandbox/test/dashboard",
    "packages/sandbox/test/long-history",
  ],
  exclude: ["**/patience.test.ts"],
} as const;
