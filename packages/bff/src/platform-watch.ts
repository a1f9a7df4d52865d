import type { Logger } from "pino";
import type { UpstreamHealth } from "./mailoo/mailoo-client.ts";
import type { Presence } from "./presence.ts";

/** Until the platform has answered for the first time. */
const FIRST_CONTACT_MS = 1_000;
/** Afterwards. While the key is refused, this also bounds how often it is tried. */
const WATCH_MS = 30_000;

export interface PlatformWatchDeps {
  readonly presence: Presence;
  readonly health: UpstreamHealth;
  /** Whether anybody would notice a change of the status. */
  readonly hasReaders: () => boolean;
  readonly log: Logger;
}

/**
 * Asks the platform for its status: often until it has been reached once, then rarely, and only where somebody reads
 * the answer or where something is wrong.
 *
 * @returns stops it
 */
export function watchPlatform({ presence, health, hasReaders, log }: PlatformWatchDeps): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let keyWasRefused = false;

  const look = async () => {
    const troubled = !health.everReached || health.keyRefused || health.circuit !== "closed";
    if (troubled || hasReaders()) await presence.refresh().catch(() => {});
    if (stopped) return;
    if (health.keyRefused !== keyWasRefused) {
      keyWasRefused = health.keyRefused;
      if (keyWasRefused) {
        log.error(
          "the platform refuses the API key: check MAILOO_CHAT_INTEGRATION_API_KEY, its scope chat.send-message, and the integration's allowed origins",
        );
      } else log.info("the platform accepts the API key again");
    }
    timer = setTimeout(look, health.everReached || health.keyRefused ? WATCH_MS : FIRST_CONTACT_MS);
    timer.unref();
  };
  void look();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
