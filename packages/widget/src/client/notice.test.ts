import { describe, expect, it } from "vitest";
import type { ConnectionState } from "./chat-client.ts";
import { createGracePeriod, toTrouble } from "./notice.ts";

const IDLE: ConnectionState = { name: "idle" };
const ONLINE: ConnectionState = { name: "online", transport: "socket" };
const FIRST_WAIT: ConnectionState = { name: "waiting", attempt: 1, retryInMs: 1, cause: "lost" };
const SECOND_WAIT: ConnectionState = { ...FIRST_WAIT, attempt: 2 };

describe("toTrouble", () => {
  it.each([
    { is: "none", connection: ONLINE, hasChanged: true, onLine: false, isWanted: true, misses: 0 },
    { is: "none", connection: IDLE, hasChanged: false, onLine: false, isWanted: false, misses: 3 },
    { is: "failed", connection: IDLE, hasChanged: false, onLine: false, isWanted: true, misses: 0 },
    { is: "suspected", connection: IDLE, hasChanged: false, onLine: true, isWanted: true, misses: 1 },
    { is: "failed", connection: IDLE, hasChanged: false, onLine: true, isWanted: true, misses: 2 },
    { is: "suspected", connection: FIRST_WAIT, hasChanged: true, onLine: true, isWanted: true, misses: 0 },
    { is: "failed", connection: SECOND_WAIT, hasChanged: true, onLine: true, isWanted: true, misses: 0 },
    { is: "suspected", connection: SECOND_WAIT, hasChanged: false, onLine: true, isWanted: true, misses: 0 },
  ])("returns $is for connection $connection.name, onLine $onLine, misses $misses", (row) => {
    expect(toTrouble(row.connection, row.hasChanged, row.onLine, row.isWanted, row.misses)).toBe(row.is);
  });
});

describe("the grace period", () => {
  function createClock() {
    let nowMs = 0;
    let dueAtMs = Number.POSITIVE_INFINITY;
    const browser = {
      now: () => nowMs,
      setTimer(_: () => void, inMs = Number.POSITIVE_INFINITY) {
        dueAtMs = nowMs + inMs;
      },
    };
    return {
      isDueFor: createGracePeriod(browser, () => {}),
      pass(ms: number) {
        nowMs += ms;
      },
      get dueAtMs() {
        return dueAtMs;
      },
    };
  }

  it("is shorter after a failed retry", () => {
    const clock = createClock();
    expect(clock.isDueFor("suspected")).toBe(false);
    expect(clock.dueAtMs).toBe(9_500);
    clock.pass(2_999);
    expect(clock.isDueFor("failed")).toBe(false);
    expect(clock.dueAtMs).toBe(3_000);
    clock.pass(1);
    expect(clock.isDueFor("failed")).toBe(true);
  });

  it("does not restart until the trouble has ended", () => {
    const clock = createClock();
    clock.isDueFor("failed");
    clock.pass(3_000);
    clock.isDueFor("failed");
    expect(clock.isDueFor("suspected")).toBe(true);
    expect(clock.isDueFor("none")).toBe(false);
    expect(clock.isDueFor("suspected")).toBe(false);
  });
});
