import { expect, test } from "vitest";
import { simulatePlatformOutage } from "./simulate-platform-outage.ts";

const OUTAGE = {
  sessions: 20_000,
  replicas: 4,
  outageMs: 120_000,
  readsPerSecond: 200,
  maxWaitMs: 8_000,
  latencyMs: { min: 30, max: 200 },
  seed: 1,
};

test("a platform that is away is asked by probes alone, and all catch up within the budget when it is back", () => {
  const { during, after, backMs } = simulatePlatformOutage(OUTAGE);
  // A full bucket and some more until the circuits are open; then a probe every 2 s from each of 4 replicas.
  expect(during.total).toBeLessThan(4 * (120 / 2) + 4 * 200 * 3);
  expect(after.total).toBeGreaterThanOrEqual(OUTAGE.sessions);
  // The bucket holds one second's worth on top of what flows in.
  expect(after.peak.count).toBeLessThanOrEqual(4 * 400);
  // At best they need 20,000 / (4 × 200) = 25 s.
  expect(backMs.all).toBeGreaterThan(20_000);
  expect(backMs.all).toBeLessThan(70_000);
});
