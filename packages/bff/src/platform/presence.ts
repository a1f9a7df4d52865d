import { setTimeout as delay } from "node:timers/promises";
import type { PresenceStatus } from "@mailoo-chat/protocol";
import { type Clock, systemClock } from "../lib/clock.ts";
import { isWithinHours, type OfficeHours } from "../lib/office-hours.ts";
import type { MailooClient, UpstreamHealth } from "./client.ts";

export type Presence = ReturnType<typeof createPresence>;

const FRESH_MS = 15_000;
/** An older answer has expired. */
const EXPIRES_MS = 3 * 60_000;
/** The maximum time that opening the chat waits for the status. */
const PATIENCE_MS = 800;

/** Whether the owner is online. Caches the platform's status. */
export function createPresence(
  mailoo: Pick<MailooClient, "status">,
  officeHours: OfficeHours | null,
  clock: Clock = systemClock,
) {
  const listeners: ((status: PresenceStatus) => void)[] = [];
  let welcomeMessage: string | null = null;
  let known: { readonly status: PresenceStatus; readonly atMs: number } | null = null;
  let asking: Promise<PresenceStatus> | null = null;

  /** The office hours decide if the platform does not report a status. */
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
        const status = completed(answer.status);
        ({ welcomeMessage } = answer);
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
    /** Requests the status. Concurrent calls share one request. Rejects with a `MailooError`. */
    refresh,

    /** The integration's own welcome text in the platform's last answer; null: none, or no answer yet. */
    get welcomeMessage(): string | null {
      return welcomeMessage;
    },

    /**
     * The cached status while it is fresh, otherwise a new one. If the platform does not answer in time: the last status
     * until it expires, then `unknown`, or `away` outside office hours.
     */
    async current(): Promise<PresenceStatus> {
      if (known && ageMs() < FRESH_MS) return completed(known.status);
      const lastKnown = () => completed((ageMs() < EXPIRES_MS && known?.status) || "unknown");
      const patience = delay(PATIENCE_MS, undefined, { ref: false });
      return Promise.race([refresh().catch(lastKnown), patience.then(lastKnown)]);
    },

    /** Called when the status changes: by an answer, or because the last one has expired. */
    onChange(listener: (status: PresenceStatus) => void): void {
      listeners.push(listener);
    },
  };
}

/** Interval until the platform has answered for the first time. */
const FIRST_CONTACT_MS = 1_000;
/** Interval afterwards. */
const WATCH_MS = 10_000;
/** Interval while the key is refused. */
const KEY_REFUSED_MS = 30_000;

interface PlatformWatchDeps {
  readonly presence: Presence;
  readonly health: UpstreamHealth;
  /** Whether a visitor would see a change of the status. */
  readonly hasReaders: () => boolean;
}

/**
 * Polls the platform's status: until it has been reached once, and afterwards while visitors are connected or the platform
 * is failing.
 *
 * @returns stops it
 */
export function watchPlatform({ presence, health, hasReaders }: PlatformWatchDeps): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const ask = async () => {
    const { everReached, keyRefused, originRefused, circuit } = health;
    const troubled = !everReached || keyRefused || originRefused || circuit !== "closed";
    if (troubled || hasReaders()) await presence.refresh().catch(() => {});
    if (stopped) return;
    timer = setTimeout(ask, pauseMs(health));
    timer.unref();
  };
  void ask();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

function pauseMs({ everReached, keyRefused }: UpstreamHealth): number {
  if (keyRefused) return KEY_REFUSED_MS;
  return everReached ? WATCH_MS : FIRST_CONTACT_MS;
}
