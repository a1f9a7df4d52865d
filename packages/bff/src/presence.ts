import type { PresenceStatus } from "@mailoo-chat/protocol";
import type { MailooClient } from "./mailoo/mailoo-client.ts";
import { isWithinHours, type OfficeHours } from "./office-hours.ts";

/** Whether somebody is there to answer, asked of the platform sparingly. */
export interface Presence {
  /** The newest answer if it is young enough, else a fresh one; `unknown`, or what the hours say, where none comes in time. */
  current(): Promise<PresenceStatus>;
  /**
   * Asks the client, whatever is known here; that may repeat an answer which is at most `statusFreshMs` old. Rejects with its
   * `MailooError`.
   */
  refresh(): Promise<PresenceStatus>;
  /** Called with each change that a refresh brings. */
  onChange(listener: (status: PresenceStatus) => void): void;
}

const FRESH_MS = 15_000;
/** A page that opens the chat does not wait longer than this for the status. */
const PATIENCE_MS = 800;

export function createPresence(
  mailoo: Pick<MailooClient, "status">,
  officeHours: OfficeHours | null,
  now: () => number = Date.now,
): Presence {
  const listeners: ((status: PresenceStatus) => void)[] = [];
  let known: { readonly status: PresenceStatus; readonly atMs: number } | null = null;
  let asking: Promise<PresenceStatus> | null = null;

  /** What the platform does not say, the owner's hours may. */
  const completed = (status: PresenceStatus): PresenceStatus =>
    status === "unknown" && officeHours && !isWithinHours(officeHours, now()) ? "away" : status;

  const refresh = (): Promise<PresenceStatus> => {
    asking ??= mailoo
      .status()
      .then((answer) => {
        const status = completed(answer);
        const changed = known !== null && known.status !== status;
        known = { status, atMs: now() };
        if (changed) for (const listener of listeners) listener(status);
        return status;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  return {
    refresh,

    async current() {
      if (known && now() - known.atMs < FRESH_MS) return completed(known.status);
      const answer = refresh().catch(() => completed("unknown"));
      const stale = known?.status;
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
