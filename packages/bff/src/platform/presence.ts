import type { PresenceStatus } from "@mailoo-chat/protocol";
import { type Clock, systemClock } from "../lib/clock.ts";
import { isWithinHours, type OfficeHours } from "../lib/office-hours.ts";
import type { MailooClient, UpstreamHealth } from "./client.ts";

/** Whether somebody is there to answer, asked of the platform sparingly. */
export interface Presence {
  /** The newest answer if it is young enough, else a fresh one; `unknown`, or what the hours say, where none comes in time. */
  current(): Promise<PresenceStatus>;
  /**
   * Asks the client, whatever is known here; that may repeat an answer which is at most `statusFreshMs` old. Rejects with its
   * `MailooError`.
   */
  refresh(): Promise<PresenceStatus>;
  /** Called with each change that a refresh brings, or its failing where the last answer is too old. */
  onChange(listener: (status: PresenceStatus) => void): void;
}

const FRESH_MS = 15_000;
/** An older answer says nothing any more. */
const EXPIRES_MS = 3 * 60_000;
/** A page that opens the chat does not wait longer than this for the status. */
const PATIENCE_MS = 800;

export function createPresence(
  mailoo: Pick<MailooClient, "status">,
  officeHours: OfficeHours | null,
  clock: Clock = systemClock,
): Presence {
  const listeners: ((status: PresenceStatus) => void)[] = [];
  let known: { readonly status: PresenceStatus; readonly atMs: number } | null = null;
  let asking: Promise<PresenceStatus> | null = null;

  /** What the platform does not say, the owner's hours may. */
  const completed = (status: PresenceStatus): PresenceStatus =>
    status === "unknown" && officeHours && !isWithinHours(officeHours, clock.epochMs()) ? "away" : status;

  const ageMs = () => (known === null ? Number.POSITIVE_INFINITY : clock.steadyMs() - known.atMs);

  const learn = (status: PresenceStatus) => {
    const changed = known !== null && known.status !== status;
    known = { status, atMs: clock.steadyMs() };
    if (changed) for (const listener of listeners) listener(status);
  };

  const refresh = (): Promise<PresenceStatus> => {
    asking ??= mailoo
      .status()
      .then((answer) => {
        const status = completed(answer);
        learn(status);
        return status;
      })
      .catch((error: unknown) => {
        if (known !== null && ageMs() >= EXPIRES_MS) learn(completed("unknown"));
        throw error;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  return {
    refresh,

    async current() {
      if (known && ageMs() < FRESH_MS) return completed(known.status);
      const answer = refresh().catch(() => completed("unknown"));
      const stale = ageMs() < EXPIRES_MS ? known?.status : undefined;
      return stale === undefined ? within(PATIENCE_MS, answer, completed("unknown")) : completed(stale);
    },

    onChange(listener) {
      listeners.push(listener);
    },
  };
}

async function within<T>(timeoutMs: number, promise: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, otherwise);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

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
