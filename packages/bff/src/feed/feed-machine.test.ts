import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DORMANT,
  FEED_POLICY,
  type FeedEffect,
  type FeedEvent,
  type FeedMachine,
  type FeedPolicy,
  type FeedTimer,
  holdForMs,
  toMode,
  transition,
} from "./feed-machine.ts";

/** Drives a machine through events at times, and keeps what its effects have set going. */
class Drive {
  machine: FeedMachine = DORMANT;
  effects: readonly FeedEffect[] = [];
  nowMs = 1_000_000;
  syncing = false;
  connecting = false;
  readonly timers = new Map<FeedTimer, number>();
  readonly #policy: FeedPolicy;

  constructor(policy: Partial<FeedPolicy> = {}) {
    this.#policy = { ...FEED_POLICY, ...policy };
  }

  on(event: FeedEvent, { afterMs = 0, random = 0.5 } = {}): this {
    this.nowMs += afterMs;
    if (event.type === "synced" || event.type === "sync-failed" || event.type === "sync-paused")
      this.syncing = false;
    if (event.type === "opened" || event.type === "closed") this.connecting = false;
    if (event.type.endsWith("-due")) this.timers.delete(event.type.replace("-due", "") as FeedTimer);
    [this.machine, this.effects] = transition(
      this.machine,
      event,
      { nowMs: this.nowMs, random },
      this.#policy,
    );
    for (const effect of this.effects) this.#note(effect);
    return this;
  }

  #note(effect: FeedEffect): void {
    if (effect.type === "set-timer") this.timers.set(effect.timer, this.nowMs + effect.inMs);
    if (effect.type === "clear-timer") this.timers.delete(effect.timer);
    if (effect.type === "connect") this.connecting = true;
    if (effect.type === "sync") {
      expect(this.syncing, "two syncs at a time").toBe(false);
      this.syncing = true;
    }
    if (effect.type === "stop") {
      this.timers.clear();
      this.syncing = false;
      this.connecting = false;
    }
  }

  dueIn(timer: FeedTimer): number {
    return (this.timers.get(timer) ?? Number.NaN) - this.nowMs;
  }
}

const synced = (news = false): FeedEvent => ({ type: "synced", news, resumed: false });
const failed = (
  kind: "server-error" | "session-unknown" | "session-closed",
  known: "synced" | "cursor" | "no" = "synced",
): FeedEvent => ({
  type: "sync-failed",
  failure: kind === "server-error" ? { kind, status: 500 } : { kind },
  known,
});

function live(policy: Partial<FeedPolicy> = {}): Drive {
  return new Drive(policy)
    .on({ type: "subscribed" })
    .on({ type: "opened" }, { afterMs: 20 })
    .on(synced(), { afterMs: 20 });
}

describe("a feed", () => {
  it("connects with its first subscriber, and syncs as soon as the socket is open", () => {
    const drive = new Drive().on({ type: "subscribed" });
    expect(drive.effects).toEqual([{ type: "connect" }, { type: "set-timer", timer: "sync", inMs: 150 }]);
    drive.on({ type: "opened" }, { afterMs: 30 });
    expect(drive.effects).toContainEqual({ type: "sync", full: true, urgent: true });
    expect(toMode(drive.machine)).toBe("live");
  });

  it("does not wait long for a socket that is slow to open, and syncs again once it is", () => {
    const drive = new Drive().on({ type: "subscribed" }).on({ type: "sync-due" }, { afterMs: 150 });
    expect(drive.syncing).toBe(true);
    drive.on({ type: "opened" }, { afterMs: 30 }).on(synced());
    expect(drive.effects).toContainEqual({ type: "sync", full: true, urgent: true });
    expect(drive.machine.caughtUp).toBe(false);
    expect(drive.on(synced()).machine.caughtUp).toBe(true);
  });

  it("holds pushed messages only until it has caught up", () => {
    const drive = new Drive().on({ type: "subscribed" }).on({ type: "opened" });
    expect(holdForMs(drive.machine, drive.nowMs)).toBe(10_000);
    expect(holdForMs(drive.machine, drive.nowMs + 10_000)).toBe(0);
    drive.on(synced());
    expect(holdForMs(drive.machine, drive.nowMs)).toBe(0);
  });

  it("verifies a socket rarely, more rarely in a quiet session, and only every second time by a full sync", () => {
    const drive = live();
    const kinds: boolean[] = [];
    const waits: number[] = [];
    for (let syncs = 0; syncs < 18; syncs += 1) {
      const inMs = drive.dueIn("sync");
      drive.on({ type: "sync-due" }, { afterMs: inMs });
      waits.push(inMs);
      kinds.push(...drive.effects.flatMap((effect) => (effect.type === "sync" ? [effect.full] : [])));
      drive.on(synced());
    }
    expect(kinds.slice(0, 4)).toEqual([false, true, false, true]);
    expect(waits.slice(0, 15)).toEqual(new Array(15).fill(20_000));
    expect(waits.at(-1)).toBe(60_000);
  });

  it("confirms a pushed message soon, and many of them once", () => {
    const drive = live().on({ type: "pushed", confirmNow: false });
    expect(drive.dueIn("sync")).toBe(3_000);
    drive.on({ type: "pushed", confirmNow: false }, { afterMs: 2_000 });
    expect(drive.dueIn("sync")).toBe(1_000);
    drive.on({ type: "sync-due" }, { afterMs: 1_000 });
    expect(drive.effects).toEqual([{ type: "sync", full: true, urgent: true }]);
  });

  it("confirms at once when cursors are nearly full", () => {
    expect(live().on({ type: "pushed", confirmNow: true }).effects).toContainEqual({
      type: "sync",
      full: true,
      urgent: true,
    });
  });

  it("confirms what was pushed while a sync ran", () => {
    const drive = live().on({ type: "sync-due" }, { afterMs: 20_000 });
    drive.on({ type: "pushed", confirmNow: false }).on(synced());
    expect(drive.dueIn("sync")).toBe(3_000);
  });

  it("reconnects with growing, jittered delays, and polls meanwhile", () => {
    const drive = live().on({ type: "closed" }, { afterMs: 60_000, random: 0.999 });
    expect(drive.dueIn("connect")).toBeLessThanOrEqual(500);
    expect(toMode(drive.machine)).toBe("polling");
    const delays: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      drive.on({ type: "connect-due" }).on({ type: "closed" }, { random: 0.999 });
      delays.push(drive.dueIn("connect"));
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.at(-1)).toBeGreaterThan(29_000);
    expect(delays.at(-1)).toBeLessThanOrEqual(30_000);
  });

  it("resets the backoff only after a stable connection", () => {
    const flapping = live();
    for (let round = 0; round < 5; round += 1) {
      flapping
        .on({ type: "closed" }, { afterMs: 100 })
        .on({ type: "connect-due" })
        .on({ type: "opened" })
        .on(synced());
    }
    expect(flapping.on({ type: "closed" }, { afterMs: 100, random: 0.999 }).dueIn("connect")).toBeGreaterThan(
      10_000,
    );
    const proven = flapping.on({ type: "connect-due" }).on({ type: "opened" }).on(synced());
    expect(
      proven.on({ type: "closed" }, { afterMs: 10_000, random: 0.999 }).dueIn("connect"),
    ).toBeLessThanOrEqual(500);
  });

  it("spreads the first syncs after a loss that hits all feeds at once", () => {
    const delays = [0, 0.3, 0.6, 0.9].map((random) =>
      live().on({ type: "closed" }, { afterMs: 15_000, random }).dueIn("sync"),
    );
    expect(delays[0]).toBeNaN();
    expect(delays.slice(1)).toEqual([300, 600, 900]);
  });

  it("delays syncs longer after each platform failure, in the mode backing-off", () => {
    const drive = new Drive({ upstream: "poll" })
      .on({ type: "subscribed" })
      .on(failed("server-error"), { random: 0.999 });
    expect(toMode(drive.machine)).toBe("backing-off");
    expect(drive.machine.failures).toBe(1);
    expect(drive.dueIn("sync")).toBeLessThanOrEqual(500);
    drive.on({ type: "sync-due" }).on(failed("server-error"), { random: 0.999 });
    expect(drive.dueIn("sync")).toBeGreaterThan(900);
    drive.on({ type: "sync-due" }).on(synced());
    expect(toMode(drive.machine)).toBe("polling");
  });

  it("syncs within seconds once the platform recovers, even after a long outage", () => {
    const drive = new Drive({ upstream: "poll" }).on({ type: "subscribed" });
    for (let failure = 0; failure < 40; failure += 1) {
      drive.on(failed("server-error"), { random: 0.999 });
      expect(drive.dueIn("sync")).toBeLessThanOrEqual(5_000);
      drive.on({ type: "sync-due" });
    }
  });

  it.each([
    ["rate-limited", { kind: "rate-limited", retryAfterMs: 20_000 }],
    ["over-budget", { kind: "over-budget", retryAfterMs: 20_000 }],
    ["circuit-open", { kind: "circuit-open", retryAfterMs: 20_000 }],
  ] as const)("waits as long as asked when %s, with jitter", (_name, failure) => {
    const waits = [0, 0.9].map((random) =>
      new Drive({ upstream: "poll" })
        .on({ type: "subscribed" })
        .on({ type: "sync-failed", failure, known: "synced" }, { random })
        .dueIn("sync"),
    );
    expect(waits[0]).toBe(20_000);
    expect(waits[1]).toBeGreaterThan(20_000);
  });

  it("ends if the platform does not know the session", () => {
    const unknown = new Drive()
      .on({ type: "subscribed" })
      .on({ type: "sync-due" })
      .on(failed("session-unknown", "no"));
    expect(unknown.effects).toEqual([{ type: "stop", reason: "session-unknown" }]);
  });

  it("ends as closed if the platform closes the session, before or after the first sync", () => {
    const unknown = new Drive()
      .on({ type: "subscribed" })
      .on({ type: "sync-due" })
      .on(failed("session-closed", "no"));
    expect(unknown.effects).toEqual([{ type: "stop", reason: "closed" }]);
    const syncedBefore = live()
      .on({ type: "sync-due" })
      .on(failed("session-closed"))
      .on({ type: "sync-due" })
      .on(failed("session-closed"));
    expect(syncedBefore.machine.phase).toEqual({ name: "ended", reason: "closed" });
  });

  it("asks twice before it ends a session that was known", () => {
    const drive = live().on({ type: "sync-due" }).on(failed("session-unknown"));
    expect(drive.dueIn("sync")).toBe(1_000);
    const back = drive.on({ type: "sync-due" }).on(synced()).on({ type: "sync-due" });
    expect(back.on(failed("session-unknown")).dueIn("sync")).toBe(1_000);
    const gone = back.on({ type: "sync-due" }).on(failed("session-unknown"));
    expect(gone.machine.phase).toEqual({ name: "ended", reason: "closed" });
    expect(gone.on({ type: "subscribed" }).effects).toEqual([]);
  });

  it("lingers without subscribers, takes a new one at once, and stops if none comes", () => {
    const drive = live().on({ type: "unsubscribed" });
    expect(drive.dueIn("linger")).toBe(30_000);
    drive.on({ type: "subscribed" }, { afterMs: 29_000 });
    expect(drive.dueIn("linger")).toBeNaN();
    expect(drive.syncing).toBe(false);
    drive.on({ type: "unsubscribed" }).on({ type: "linger-due" }, { afterMs: 30_000 });
    expect(drive.effects).toEqual([{ type: "stop", reason: null }]);
    expect(drive.machine).toEqual(DORMANT);
  });

  it("never gets stuck: a sync is always running or due", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<FeedPolicy["upstream"]>("auto", "ws", "poll"),
        fc.array(
          fc.tuple(eventKinds(), fc.nat({ max: 50_000 }), fc.double({ min: 0, max: 0.999, noNaN: true })),
          { maxLength: 80 },
        ),
        (upstream, happenings) => {
          const drive = new Drive({ upstream });
          for (const [kind, afterMs, random] of happenings) {
            const event = possible(drive, kind, upstream);
            if (event) drive.on(event, { afterMs, random });
            const { phase, openSinceMs } = drive.machine;
            if (phase.name === "dormant" || phase.name === "ended") {
              expect([drive.timers.size, drive.syncing, drive.connecting]).toEqual([0, false, false]);
              continue;
            }
            expect(drive.syncing || drive.timers.has("sync"), "a sync").toBe(true);
            expect(drive.syncing).toBe(drive.machine.sync.name === "running");
            if (upstream === "poll") expect(openSinceMs).toBeNull();
            else
              expect(
                openSinceMs !== null || drive.connecting || drive.timers.has("connect"),
                "a connect",
              ).toBe(true);
            expect(drive.timers.has("linger")).toBe(phase.name === "lingering");
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** An event of that kind, or null if it cannot happen now. */
function possible(drive: Drive, kind: FeedEvent["type"], upstream: FeedPolicy["upstream"]): FeedEvent | null {
  const { phase, openSinceMs } = drive.machine;
  const running = phase.name !== "dormant" && phase.name !== "ended";
  switch (kind) {
    case "subscribed":
      return phase.name === "dormant" || phase.name === "lingering" ? { type: kind } : null;
    case "unsubscribed":
      return phase.name === "subscribed" ? { type: kind } : null;
    case "linger-due":
      return drive.timers.has("linger") ? { type: kind } : null;
    case "connect-due":
      return drive.timers.has("connect") ? { type: kind } : null;
    case "sync-due":
      return drive.timers.has("sync") ? { type: kind } : null;
    case "opened":
      return drive.connecting ? { type: kind } : null;
    case "closed":
      return drive.connecting || openSinceMs !== null ? { type: kind } : null;
    case "pushed":
      return running ? { type: kind, confirmNow: drive.nowMs % 5 === 0 } : null;
    case "hinted":
      return running && upstream !== "poll" ? { type: kind } : null;
    case "synced":
      return drive.syncing
        ? { type: kind, news: drive.nowMs % 2 === 0, resumed: drive.nowMs % 3 === 0 }
        : null;
    case "sync-paused":
      return drive.syncing ? { type: kind } : null;
    case "sync-failed":
      return drive.syncing ? failed(drive.nowMs % 20 === 0 ? "session-unknown" : "server-error") : null;
  }
}

function eventKinds(): fc.Arbitrary<FeedEvent["type"]> {
  return fc.constantFrom<FeedEvent["type"]>(
    "subscribed",
    "subscribed",
    "unsubscribed",
    "linger-due",
    "connect-due",
    "sync-due",
    "sync-due",
    "opened",
    "opened",
    "closed",
    "pushed",
    "hinted",
    "synced",
    "synced",
    "sync-paused",
    "sync-failed",
  );
}
