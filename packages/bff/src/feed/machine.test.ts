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
  isHolding,
  toFeedState,
  transition,
} from "./machine.ts";

/** Drives a machine through events at times, and keeps what its effects have set going. */
class Drive {
  machine: FeedMachine = DORMANT;
  effects: readonly FeedEffect[] = [];
  nowMs = 1_000_000;
  listing = false;
  dialling = false;
  readonly timers = new Map<FeedTimer, number>();
  readonly #policy: FeedPolicy;

  constructor(policy: Partial<FeedPolicy> = {}) {
    this.#policy = { ...FEED_POLICY, ...policy };
  }

  on(event: FeedEvent, { afterMs = 0, random = 0.5 } = {}): this {
    this.nowMs += afterMs;
    if (event.type === "listed" || event.type === "listing-failed" || event.type === "listing-paused")
      this.listing = false;
    if (event.type === "opened" || event.type === "closed") this.dialling = false;
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
    if (effect.type === "wake") this.timers.set(effect.timer, this.nowMs + effect.inMs);
    if (effect.type === "sleep") this.timers.delete(effect.timer);
    if (effect.type === "dial") this.dialling = true;
    if (effect.type === "list") {
      expect(this.listing, "two listings at a time").toBe(false);
      this.listing = true;
    }
    if (effect.type === "stop") {
      this.timers.clear();
      this.listing = false;
      this.dialling = false;
    }
  }

  wakesIn(timer: FeedTimer): number {
    return (this.timers.get(timer) ?? Number.NaN) - this.nowMs;
  }
}

const listed = (news = false): FeedEvent => ({ type: "listed", news, resumed: false });
const failed = (
  kind: "server-error" | "session-unknown" | "session-closed",
  known: "listed" | "told" | "no" = "listed",
): FeedEvent => ({
  type: "listing-failed",
  failure: kind === "server-error" ? { kind, status: 500 } : { kind },
  known,
});

function live(policy: Partial<FeedPolicy> = {}): Drive {
  return new Drive(policy)
    .on({ type: "joined" })
    .on({ type: "opened" }, { afterMs: 20 })
    .on(listed(), { afterMs: 20 });
}

describe("a feed", () => {
  it("dials with its first reader, and lists as soon as the socket is open", () => {
    const drive = new Drive().on({ type: "joined" });
    expect(drive.effects).toEqual([{ type: "dial" }, { type: "wake", timer: "listing", inMs: 150 }]);
    drive.on({ type: "opened" }, { afterMs: 30 });
    expect(drive.effects).toContainEqual({ type: "list", thorough: true, urgent: true });
    expect(toFeedState(drive.machine)).toEqual({ name: "live" });
  });

  it("does not wait long for a socket that is slow to open, and lists again once it is", () => {
    const drive = new Drive().on({ type: "joined" }).on({ type: "listing-due" }, { afterMs: 150 });
    expect(drive.listing).toBe(true);
    drive.on({ type: "opened" }, { afterMs: 30 }).on(listed());
    expect(drive.effects).toContainEqual({ type: "list", thorough: true, urgent: true });
    expect(drive.machine.caughtUp).toBe(false);
    expect(drive.on(listed()).machine.caughtUp).toBe(true);
  });

  it("holds what is pushed only until it has caught up", () => {
    const drive = new Drive().on({ type: "joined" }).on({ type: "opened" });
    expect(isHolding(drive.machine)).toBe(true);
    drive.on(listed());
    expect(isHolding(drive.machine)).toBe(false);
  });

  it("doubts a socket rarely, more rarely in a quiet session, and only every second time thoroughly", () => {
    const drive = live();
    const kinds: boolean[] = [];
    const waits: number[] = [];
    for (let doubt = 0; doubt < 18; doubt += 1) {
      const inMs = drive.wakesIn("listing");
      drive.on({ type: "listing-due" }, { afterMs: inMs });
      waits.push(inMs);
      kinds.push(...drive.effects.flatMap((effect) => (effect.type === "list" ? [effect.thorough] : [])));
      drive.on(listed());
    }
    expect(kinds.slice(0, 4)).toEqual([false, true, false, true]);
    expect(waits.slice(0, 15)).toEqual(new Array(15).fill(20_000));
    expect(waits.at(-1)).toBe(60_000);
  });

  it("confirms a pushed message soon, and many of them once", () => {
    const drive = live().on({ type: "heard", crowded: false });
    expect(drive.wakesIn("listing")).toBe(3_000);
    drive.on({ type: "heard", crowded: false }, { afterMs: 2_000 });
    expect(drive.wakesIn("listing")).toBe(1_000);
    drive.on({ type: "listing-due" }, { afterMs: 1_000 });
    expect(drive.effects).toEqual([{ type: "list", thorough: true, urgent: true }]);
  });

  it("confirms at once where cursors get crowded", () => {
    expect(live().on({ type: "heard", crowded: true }).effects).toContainEqual({
      type: "list",
      thorough: true,
      urgent: true,
    });
  });

  it("confirms what was pushed while a listing ran", () => {
    const drive = live().on({ type: "listing-due" }, { afterMs: 20_000 });
    drive.on({ type: "heard", crowded: false }).on(listed());
    expect(drive.wakesIn("listing")).toBe(3_000);
  });

  it("comes back to a lost socket with growing, jittered delays, and polls meanwhile", () => {
    const drive = live().on({ type: "closed" }, { afterMs: 60_000, random: 0.999 });
    expect(drive.wakesIn("dial")).toBeLessThanOrEqual(500);
    expect(toFeedState(drive.machine)).toEqual({ name: "polling" });
    const delays: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      drive.on({ type: "dial-due" }).on({ type: "closed" }, { random: 0.999 });
      delays.push(drive.wakesIn("dial"));
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.at(-1)).toBeGreaterThan(29_000);
    expect(delays.at(-1)).toBeLessThanOrEqual(30_000);
  });

  it("forgets its failures only after a socket has proven itself", () => {
    const flapping = live();
    for (let round = 0; round < 5; round += 1) {
      flapping
        .on({ type: "closed" }, { afterMs: 100 })
        .on({ type: "dial-due" })
        .on({ type: "opened" })
        .on(listed());
    }
    expect(flapping.on({ type: "closed" }, { afterMs: 100, random: 0.999 }).wakesIn("dial")).toBeGreaterThan(
      10_000,
    );
    const proven = flapping.on({ type: "dial-due" }).on({ type: "opened" }).on(listed());
    expect(
      proven.on({ type: "closed" }, { afterMs: 10_000, random: 0.999 }).wakesIn("dial"),
    ).toBeLessThanOrEqual(500);
  });

  it("spreads the first listings after a loss that hits all feeds at once", () => {
    const delays = [0, 0.3, 0.6, 0.9].map((random) =>
      live().on({ type: "closed" }, { afterMs: 15_000, random }).wakesIn("listing"),
    );
    expect(delays[0]).toBeNaN();
    expect(delays.slice(1)).toEqual([300, 600, 900]);
  });

  it("backs off while the platform fails, and says so", () => {
    const drive = new Drive({ upstream: "poll" })
      .on({ type: "joined" })
      .on(failed("server-error"), { random: 0.999 });
    expect(toFeedState(drive.machine)).toEqual({ name: "backing-off", attempt: 1 });
    expect(drive.wakesIn("listing")).toBeLessThanOrEqual(500);
    drive.on({ type: "listing-due" }).on(failed("server-error"), { random: 0.999 });
    expect(drive.wakesIn("listing")).toBeGreaterThan(900);
    drive.on({ type: "listing-due" }).on(listed());
    expect(toFeedState(drive.machine)).toEqual({ name: "polling" });
  });

  it("is back within seconds of the platform, however long that was away", () => {
    const drive = new Drive({ upstream: "poll" }).on({ type: "joined" });
    for (let failure = 0; failure < 40; failure += 1) {
      drive.on(failed("server-error"), { random: 0.999 });
      expect(drive.wakesIn("listing")).toBeLessThanOrEqual(5_000);
      drive.on({ type: "listing-due" });
    }
  });

  it.each([
    ["rate-limited", { kind: "rate-limited", retryAfterMs: 20_000 }],
    ["over-budget", { kind: "over-budget", retryAfterMs: 20_000 }],
    ["circuit-open", { kind: "circuit-open", retryAfterMs: 20_000 }],
  ] as const)("waits as long as told when %s, and a little more or less than others", (_name, failure) => {
    const waits = [0, 0.9].map((random) =>
      new Drive({ upstream: "poll" })
        .on({ type: "joined" })
        .on({ type: "listing-failed", failure, known: "listed" }, { random })
        .wakesIn("listing"),
    );
    expect(waits[0]).toBe(20_000);
    expect(waits[1]).toBeGreaterThan(20_000);
  });

  it("ends where the platform does not know the session, or no longer", () => {
    const unknown = new Drive()
      .on({ type: "joined" })
      .on({ type: "listing-due" })
      .on(failed("session-unknown", "no"));
    expect(unknown.effects).toEqual([{ type: "stop", reason: "session-unknown" }]);
  });

  it("ends as closed where the platform says so, whether it was listed before or not", () => {
    const fresh = new Drive()
      .on({ type: "joined" })
      .on({ type: "listing-due" })
      .on(failed("session-closed", "no"));
    expect(fresh.effects).toEqual([{ type: "stop", reason: "closed" }]);
    const listedBefore = live()
      .on({ type: "listing-due" })
      .on(failed("session-closed"))
      .on({ type: "listing-due" })
      .on(failed("session-closed"));
    expect(toFeedState(listedBefore.machine)).toEqual({ name: "ended", reason: "closed" });
  });

  it("asks once more before it gives up a session that was there", () => {
    const drive = live().on({ type: "listing-due" }).on(failed("session-unknown"));
    expect(drive.wakesIn("listing")).toBe(1_000);
    const back = drive.on({ type: "listing-due" }).on(listed()).on({ type: "listing-due" });
    expect(back.on(failed("session-unknown")).wakesIn("listing")).toBe(1_000);
    const gone = back.on({ type: "listing-due" }).on(failed("session-unknown"));
    expect(toFeedState(gone.machine)).toEqual({ name: "ended", reason: "closed" });
    expect(gone.on({ type: "joined" }).effects).toEqual([]);
  });

  it("lingers without readers, takes a new one at once, and stops when nobody came", () => {
    const drive = live().on({ type: "left" });
    expect(drive.wakesIn("linger")).toBe(30_000);
    drive.on({ type: "joined" }, { afterMs: 29_000 });
    expect(drive.wakesIn("linger")).toBeNaN();
    expect(drive.listing).toBe(false);
    drive.on({ type: "left" }).on({ type: "linger-due" }, { afterMs: 30_000 });
    expect(drive.effects).toEqual([{ type: "stop", reason: null }]);
    expect(drive.machine).toEqual(DORMANT);
  });

  it("never gets stuck: whatever happens, something is under way or due", () => {
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
            const { phase, socket } = drive.machine;
            if (phase.name === "dormant" || phase.name === "ended") {
              expect([drive.timers.size, drive.listing, drive.dialling]).toEqual([0, false, false]);
              continue;
            }
            expect(drive.listing || drive.timers.has("listing"), "a listing").toBe(true);
            expect(drive.listing).toBe(drive.machine.listing.name === "running");
            if (upstream === "poll") expect(socket.name).toBe("closed");
            else
              expect(socket.name === "open" || drive.dialling || drive.timers.has("dial"), "a dial").toBe(
                true,
              );
            expect(drive.timers.has("linger")).toBe(phase.name === "lingering");
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** The event of that kind that can happen now; null where none can. */
function possible(drive: Drive, kind: FeedEvent["type"], upstream: FeedPolicy["upstream"]): FeedEvent | null {
  const { phase, socket } = drive.machine;
  const running = phase.name !== "dormant" && phase.name !== "ended";
  switch (kind) {
    case "joined":
      return phase.name === "dormant" || phase.name === "lingering" ? { type: kind } : null;
    case "left":
      return phase.name === "followed" ? { type: kind } : null;
    case "linger-due":
      return drive.timers.has("linger") ? { type: kind } : null;
    case "dial-due":
      return drive.timers.has("dial") ? { type: kind } : null;
    case "listing-due":
      return drive.timers.has("listing") ? { type: kind } : null;
    case "opened":
      return drive.dialling ? { type: kind } : null;
    case "closed":
      return drive.dialling || socket.name === "open" ? { type: kind } : null;
    case "heard":
      return running ? { type: kind, crowded: drive.nowMs % 5 === 0 } : null;
    case "rang":
      return running && upstream !== "poll" ? { type: kind } : null;
    case "listed":
      return drive.listing
        ? { type: kind, news: drive.nowMs % 2 === 0, resumed: drive.nowMs % 3 === 0 }
        : null;
    case "listing-paused":
      return drive.listing ? { type: kind } : null;
    case "listing-failed":
      return drive.listing ? failed(drive.nowMs % 20 === 0 ? "session-unknown" : "server-error") : null;
  }
}

function eventKinds(): fc.Arbitrary<FeedEvent["type"]> {
  return fc.constantFrom<FeedEvent["type"]>(
    "joined",
    "joined",
    "left",
    "linger-due",
    "dial-due",
    "listing-due",
    "listing-due",
    "opened",
    "opened",
    "closed",
    "heard",
    "rang",
    "listed",
    "listed",
    "listing-paused",
    "listing-failed",
  );
}
