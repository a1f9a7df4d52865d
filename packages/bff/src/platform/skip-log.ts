import type { Logger } from "pino";
import type { SecretFilter } from "./secret-filter.ts";

/** Logs history items that were left out: once for each kind, since an item comes with every listing. */
export interface SkipLog {
  /** Items that were not understood, by their keys. */
  skipped(items: readonly (readonly string[])[]): void;
  /** Items of another session. */
  foreign(sessionHash: string): void;
}

/** For each of the two; further kinds and sessions are not logged. */
const MAX_LOGGED = 50;

export function createSkipLog(logger: Logger, secrets: SecretFilter): SkipLog {
  const kinds = new Set<string>();
  const sessions = new Set<string>();
  return {
    foreign(session) {
      if (sessions.has(session) || sessions.size >= MAX_LOGGED) return;
      sessions.add(session);
      logger.error({ session }, "the platform lists a message of another session: left out");
    },

    skipped(items) {
      for (const keys of items) {
        const keysSeen = keys.map(secrets.text);
        const name = keysSeen.join(" ");
        if (kinds.has(name) || kinds.size >= MAX_LOGGED) continue;
        kinds.add(name);
        logger.warn({ keysSeen }, "the platform lists an item that is not understood: left out");
      }
    },
  };
}
