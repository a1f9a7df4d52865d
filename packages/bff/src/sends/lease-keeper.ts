import type { Clock } from "../lib/clock.ts";
import type { Lease, SendStore } from "./store.ts";
import { POST_WINDOW_MS, RENEW_EVERY_MS } from "./timing.ts";

export interface LeaseKeeperOptions {
  readonly store: SendStore;
  readonly clock: Clock;
  readonly lease: Lease;
  /** On the steady clock. Read before the request to the store, so that the lease never seems longer than it is. */
  readonly takenAtMs: number;
}

/** Renews a lease while its holder works. */
export function keepLease({ store, clock, lease, takenAtMs }: LeaseKeeperOptions) {
  let held = true;
  let renewedAtMs = takenAtMs;

  async function renew(): Promise<void> {
    const askedAtMs = clock.steadyMs();
    held = held && (await store.renew(lease));
    if (held) renewedAtMs = askedAtMs;
  }

  const timer = setInterval(() => {
    renew().catch(() => {
      held = false;
    });
  }, RENEW_EVERY_MS);

  return {
    /** Whether a POST may begin now: the lease is held, and was renewed within {@link POST_WINDOW_MS}. */
    async mayPost(): Promise<boolean> {
      // A loop, because the renewal is too old as well if this process was suspended during it.
      while (held && clock.steadyMs() - renewedAtMs >= POST_WINDOW_MS) await renew();
      return held;
    },
    stop: () => clearInterval(timer),
  };
}
