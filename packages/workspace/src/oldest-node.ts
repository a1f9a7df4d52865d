import { join } from "node:path";

/** The oldest Node that the published packages promise (`engines`), from the npm package `node` under another name. */
export const OLDEST_NODE = join(import.meta.dirname, "../node_modules/node-22/bin/node");

/** The tests that also run on it: one file for each part of Node that the published packages use. */
export const OLDEST_NODE_TESTS = {
  include: [
    "packages/bff/test/submit",
    "packages/bff/test/messages",
    "packages/bff/test/socket",
    "packages/bff/test/mounted",
    "packages/bff/test/process",
    "packages/bff/test/replicas",
    "packages/bff/test/egress-proxy",
    "packages/sandbox/test/webhooks",
    "packages/sandbox/test/sockets",
    "packages/sandbox/test/long-history",
  ],
} as const;
