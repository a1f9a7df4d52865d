import type { Browser } from "./browser.ts";

/** A little less than a frame. */
const BURST_MS = 16;

/** Turns a burst of changes into one call: at once after a quiet time, else at the end of `BURST_MS`. */
export function createNotifier({ now, setTimer }: Browser, notify: () => void): () => void {
  let notifiedAtMs = Number.NEGATIVE_INFINITY;

  function run(): void {
    setTimer(run);
    notifiedAtMs = now();
    notify();
  }

  return () => (now() - notifiedAtMs < BURST_MS ? setTimer(run, BURST_MS) : run());
}
