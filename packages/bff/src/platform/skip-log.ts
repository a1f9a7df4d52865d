import type { Logger } from "pino";
import type { SecretFilter } from "./secret-filter.ts";

/** Tells of history items that were left out: once for each kind, since such an item comes with every listing. */
export interface SkipLog {
  /** Items that made no sense, by their keys. */
  skipped(items: readonly (readonly string[])[]): void;
  /** Items of another session. */
  foreign(sessionHash: string): void;
}

/** Different sets of keys, and sessions, that are told of; more are passed over in silence. */
const MAX_TOLD = 50;

export function createSkipLog(logger: Logger, secrets: SecretFilter): SkipLog {
  const told = new Set<string>();
  const sessions = new Set<string>();
  return {
    foreign(session) {
      if (sessions.has(session) || sessions.size >= MAX_TOLD) return;
      sessions.add(session);
      logger.error({ session }, "the platform lists a message of another session: left out");
    },

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
