import type { PresenceStatus } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { createHandClock } from "../../test/support/mailoo-fixture.ts";
import { createPresence } from "./presence.ts";

const MINUTE_MS = 60_000;

describe("presence", () => {
  it("is unknown a few minutes after the platform's last answer, for callers and listeners", async () => {
    const { clock, presence, platform, told } = start();
    expect(await presence.current()).toBe("online");

    platform.answer = null;
    for (let minute = 0; minute < 2; minute += 1) {
      clock.pass(MINUTE_MS);
      await presence.refresh().catch(() => {});
      expect(await presence.current()).toBe("online");
    }
    clock.pass(MINUTE_MS);
    expect(await presence.current()).toBe("unknown");
    await presence.refresh().catch(() => {});
    expect(told).toEqual(["unknown"]);

    platform.answer = "online";
    await presence.refresh();
    expect(told).toEqual(["unknown", "online"]);
    expect(await presence.current()).toBe("online");
  });

  it("asks again for a visitor after a quiet time, instead of repeating the old status", async () => {
    const { clock, presence, platform } = start();
    platform.answer = "away";
    expect(await presence.current()).toBe("away");
    clock.pass(20_000);
    platform.answer = "online";
    expect(await presence.current()).toBe("online");
  });

  it("repeats the old status if the platform takes too long", async () => {
    const { clock, presence, platform } = start();
    expect(await presence.current()).toBe("online");
    clock.pass(20_000);
    platform.answer = new Promise(() => {});
    expect(await presence.current()).toBe("online");
  });

  it("asks the platform once for several visitors within a few seconds", async () => {
    const { clock, presence, platform } = start();
    expect(await Promise.all([presence.current(), presence.current()])).toEqual(["online", "online"]);
    clock.pass(14_000);
    await presence.current();
    expect(platform.requests).toBe(1);
  });

  it("expires without further requests", async () => {
    const { clock, presence, platform } = start();
    await presence.refresh();
    platform.answer = null;
    clock.pass(24 * 60 * MINUTE_MS);
    expect(await presence.current()).toBe("unknown");
  });
});

function start() {
  const clock = createHandClock();
  const platform: { answer: PresenceStatus | Promise<never> | null; requests: number } = {
    answer: "online",
    requests: 0,
  };
  const status = async () => {
    platform.requests += 1;
    if (platform.answer === null) throw new Error("no answer");
    return { status: await platform.answer, welcomeMessage: "Hi from the platform" };
  };
  const presence = createPresence({ status }, null, clock);
  const told: PresenceStatus[] = [];
  presence.onChange((changed) => void told.push(changed));
  return { clock, presence, platform, told };
}
