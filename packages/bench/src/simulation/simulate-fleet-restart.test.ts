import { expect, test } from "vitest";
import { simulateFleetRestart } from "./simulate-fleet-restart.ts";

const FLEET = {
  clients: 10_000,
  askedWithinMs: null,
  handshakesPerSecond: 5_000,
  shedAfterMs: 1_000,
  latencyMs: { min: 20, max: 150 },
  seed: 1,
};

test("[STORM-1] after a restart of the whole fleet no second holds more than 15 % of the dials", () => {
  for (const downUntilMs of [500, 2_000, 10_000]) {
    const { arrivals, backMs } = simulateFleetRestart({ ...FLEET, downUntilMs });
    expect(arrivals.peakShare).toBeLessThan(0.15);
    expect(backMs.median - downUntilMs).toBeLessThan(10_000);
  }
});

test("every client is back in the end, even where the fleet can serve only a part of them at a time", () => {
  const { arrivals, turnedAway, backMs } = simulateFleetRestart({
    ...FLEET,
    downUntilMs: 1_000,
    handshakesPerSecond: 200,
  });
  expect(turnedAway).toBeGreaterThan(0);
  expect(arrivals.total).toBeGreaterThan(FLEET.clients);
  // At best they need 10,000 / 200 = 50 s.
  expect(backMs.all).toBeGreaterThan(49_000);
  expect(backMs.all).toBeLessThan(300_000);
});

test("the same seed gives the same figures", () => {
  const [first, second] = [1, 2].map(() => simulateFleetRestart({ ...FLEET, downUntilMs: 2_000 }));
  expect(first?.arrivals.perSecond).toEqual(second?.arrivals.perSecond);
});
