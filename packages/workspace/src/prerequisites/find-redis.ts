import { findOnPath } from "./find-on-path.ts";

/** A Redis or Valkey server for the tests of replicas; null for none. */
export function findRedis(): string | null {
  return findOnPath("redis-server") ?? findOnPath("valkey-server");
}
