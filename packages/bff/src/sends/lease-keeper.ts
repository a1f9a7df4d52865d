import type { Clock } from "../lib/clock.ts";
import type { Lease, SendStore } from "./store.ts";
import { POST_WINDOW_MS, RENEW_EVERY_MS } from "./timing.ts";

/** Keeps a lease alive while its holder works. */
export interface LeaseKeeper {
  /** Whether a POST may begin now: the lease is held, and fresh enough for others to reckon with it. */
  mayPost(): Promise<boolean>;
  stop(): void;
}

export interface LeaseKeeperOptions {
  readonly store: SendStore;
  readonly clock: Clock;
  readonly lease: Lease;
  /** On the steady clock, from before the store was asked, so that we never think it longer than it is. */
  readonly takenAtMs: number;
}

export function keepLease({ store, clock, lease, takenAtMs }: LeaseKeeperOptions): LeaseKeeper {
  let held = true;
  let freshAtMs = takenAtMs;

  async function renew(): Promise<boolean> {
    const askedAtMs = clock.steadyMs();
    held = held && (await store.renew(lease));
    if (held) freshAtMs = askedAtMs;
    return held;
  }

  const timer = setInterval(() => {
    renew().catch(() => {
      held = false;
    });
  }, RENEW_EVERY_MS);

  return {
    async mayPost() {
      // Once more after renewing: a process that stood still meanwhile has an old answer in its hands.
      while (held && clock.steadyMs() - freshAtMs >= POST_WINDOW_MS) await renew();
      return held;
    },
    stop() {
      clearInterval(timer);
    },
  };
}
