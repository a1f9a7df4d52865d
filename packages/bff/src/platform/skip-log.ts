import type { Logger } from "pino";
import type { SecretFilter } from "./secret-filter.ts";

/** For each of the two; further kinds and sessions are not logged. */
const MAX_LOGGED = 50;

/** Logs history items that were left out: once for each kind, since an item comes with every listing. */
export function createSkipLog(logger: Logger, secrets: SecretFilter) {
  const kinds = new Set<string>();
  const sessions = new Set<string>();
  return {
    /** Items of another session. */
    foreign(session: string): void {
      if (sessions.has(session) || sessions.size >= MAX_LOGGED) return;
      sessions.add(session);
      logger.error({ session }, "the platform lists a message of another session: left out");
    },

    /** Items that were not understood, by their keys. */
    skipped(items: readonly (readonly string[])[]): void {
      for (const keys of items) {
        const keysSeen = keys.map(secrets.text);
        const kind = keysSeen.join(" ");
        if (kinds.has(kind) || kinds.size >= MAX_LOGGED) continue;
        kinds.add(kind);
        logger.warn({ keysSeen }, "the platform lists an item that is not understood: left out");
      }
    },
  };
}
