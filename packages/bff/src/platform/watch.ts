import type { UpstreamHealth } from "./client.ts";
import type { Presence } from "./presence.ts";

/** Until the platform has answered for the first time. */
const FIRST_CONTACT_MS = 1_000;
/** Afterwards, while somebody would see a change. */
const WATCH_MS = 10_000;
/** How often a key that was refused is tried. */
const KEY_REFUSED_MS = 30_000;

export interface PlatformWatchDeps {
  readonly presence: Presence;
  readonly health: UpstreamHealth;
  /** Whether anybody would notice a change of the status. */
  readonly hasReaders: () => boolean;
}

/**
 * Asks the platform for its status: often until it has been reached once, then rarely, and only where somebody reads
 * the answer or where something is wrong.
 *
 * @returns stops it
 */
export function watchPlatform({ presence, health, hasReaders }: PlatformWatchDeps): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async () => {
    const { everReached, keyRefused, originRefused, circuit } = health;
    const troubled = !everReached || keyRefused || originRefused || circuit !== "closed";
    if (troubled || hasReaders()) await presence.refresh().catch(() => {});
    if (stopped) return;
    timer = setTimeout(look, pauseMs(health));
    timer.unref();
  };
  void look();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

function pauseMs({ everReached, keyRefused }: UpstreamHealth): number {
  if (keyRefused) return KEY_REFUSED_MS;
  return everReached ? WATCH_MS : FIRST_CONTACT_MS;
}
