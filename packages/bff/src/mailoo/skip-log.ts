import type { Logger } from "pino";
import type { SecretFilter } from "./secret-filter.ts";

/** Tells of history items that made no sense: once for each set of keys, since such an item comes with every listing. */
export interface SkipLog {
  skipped(items: readonly (readonly string[])[]): void;
}

/** Different sets of keys that are told of; more are passed over in silence. */
const MAX_TOLD = 50;

export function createSkipLog(logger: Logger, secrets: SecretFilter): SkipLog {
  const told = new Set<string>();
  return {
    skipped(items) {
      for (const keys of items) {
        const keysSeen = keys.map(secrets.text);
        const name = keysSeen.join(" ");
        if (told.has(name) || told.size >= MAX_TOLD) continue;
        told.add(name);
        logger.warn({ keysSeen }, "the platform lists an item that is no message as we know them: left out");
      }
    },
  };
}
