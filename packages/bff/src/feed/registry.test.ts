import type { ChatMessage, MessagePage } from "@mailoo-chat/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HistoryPlatform } from "../../test/support/history-platform.ts";
import { startVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import { silentTelemetry } from "../lib/telemetry.ts";
import { parseResumePoint } from "./cursor.ts";
import type { FeedEnd } from "./feed-machine.ts";
import type { FeedRegistry, FeedSubscription } from "./registry.ts";
import { createFeedRegistry, type FeedRegistryOptions } from "./registry.ts";

let clock: VirtualClock;
let platform: HistoryPlatform;
const registries: FeedRegistry[] = [];

beforeEach(() => {
  clock = startVirtualClock();
  platform = new HistoryPlatform();
});

afterEach(async () => {
  for (const registry of registries.splice(0)) registry.close();
  await clock.advance(20_000);
  expect(clock.pending, "timers left behind").toBe(0);
  expect(platform.openSockets, "sockets left open").toBe(0);
  clock[Symbol.dispose]();
});

function replica(options: Partial<FeedRegistryOptions> = {}): FeedRegistry {
  const registry = createFeedRegistry({ client: platform.client, random: () => 0.5, ...options });
  registries.push(registry);
  return registry;
}

/** A browser on a socket: what it received, and where it resumes. */
class Browser {
  readonly received: ChatMessage[] = [];
  cursor: string | null = null;
  ended: FeedEnd | null = null;
  subscription: FeedSubscription | null = null;

  async join(
    feeds: FeedRegistry,
    since = this.cursor,
    session = platform.session,
  ): Promise<FeedSubscription> {
    const subscriber = {
      onMessage: (message: ChatMessage, cursor: string) => {
        this.received.push(message);
        this.cursor = cursor;
      },
      onEnded: (reason: FeedEnd) => {
        this.ended = reason;
      },
      onFailed: () => {},
    };
    const joining = feeds
      .subscribe(session, parseResumePoint(since ?? undefined, Date.now()), subscriber, { withinMs: 900 })
      .then((subscription) => {
        this.subscription = subscription;
        this.received.push(...subscription.page.messages);
        this.cursor = subscription.page.cursor;
        return subscription;
      });
    return settled(joining);
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  /** As the protocol demands: each message goes behind all others of its time, even if it is known. */
  get timeline(): string[] {
    const byId = new Map<string, ChatMessage>();
    for (const message of this.received) {
      byId.delete(message.id);
      byId.set(message.id, message);
    }
    return idsOf([...byId.values()].toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt)));
  }
}

async function poll(
  feeds: FeedRegistry,
  since: string | null = null,
  waitMs = 0,
  signal = NEVER,
): Promise<MessagePage> {
  return settled(
    feeds.page(platform.session, parseResumePoint(since ?? undefined, Date.now()), { waitMs, signal }),
    waitMs + 30_000,
  );
}

const NEVER = new AbortController().signal;

/** Moves the clock until the promise is settled. */
async function settled<T>(promise: Promise<T>, withinMs = 30_000): Promise<T> {
  let done = false;
  const over = () => {
    done = true;
  };
  promise.then(over, over);
  for (let ms = 0; ms <= withinMs && !done; ms += 5) await clock.advance(5);
  expect(done, `settled within ${withinMs} ms`).toBe(true);
  return promise;
}

function countOf({ byMode }: FeedRegistry): number {
  return Object.values(byMode).reduce((sum, count) => sum + count, 0);
}

function idsOf(messages: readonly ChatMessage[]): string[] {
  return messages.map(({ id }) => id);
}

describe("a burst of pushes that no listing has confirmed", () => {
  it("[READ-1] is paged without delivering anything twice, although a cursor cannot carry it all", async () => {
    const feeds = replica();
    platform.add("Hello");
    await new Browser().join(feeds);
    const begin = await poll(feeds);
    platform.latencyMs = 300;
    for (let i = 0; i < 450; i += 1) platform.say(`${i}`);

    const received: string[] = [];
    for (let { cursor, more } = { ...begin, more: true }; more; ) {
      const page = await poll(feeds, cursor);
      received.push(...idsOf(page.messages));
      ({ cursor, more } = page);
    }
    expect(received).toEqual(idsOf(platform.history).slice(1));
  });
});

describe("a platform that lists the newest page, newest first", () => {
  beforeEach(() => {
    platform.newestFirst = true;
    platform.pageLength = 50;
    for (let index = 0; index < 120; index += 1) platform.addAt(clock.nowMs - 500_000 + 1_000 * index);
  });

  it("is paged backwards if that works", async () => {
    platform.before = "heeded";
    const browser = new Browser();
    const { page } = await browser.join(replica());
    expect(browser.timeline).toEqual(idsOf(platform.history));
    expect(page.truncated).toBe(false);

    const feeds = replica();
    const resumed = new Browser();
    resumed.cursor = browser.cursor;
    platform.dropSockets();
    for (let index = 0; index < 120; index += 1) platform.add(`missed ${index}`, { ageMs: 120 - index });
    await resumed.join(feeds);
    await clock.advance(1_000);
    expect(resumed.timeline).toEqual(idsOf(platform.history).slice(120));
  });

  it.each(["ignored", "refused"] as const)(
    "is truncated, and a possible gap is counted, if `before` is %s",
    async (before) => {
      platform.before = before;
      let possibleGaps = 0;
      const possibleGap = () => {
        possibleGaps += 1;
      };
      const telemetry = { ...silentTelemetry, possibleGap };
      const browser = new Browser();
      const feeds = replica({ telemetry });
      const { page } = await browser.join(feeds);
      expect(browser.ids).toEqual(idsOf(platform.history).slice(-50));
      expect(page.truncated).toBe(true);
      expect(possibleGaps).toBe(1);
      const asked = platform.questions.length;
      platform.say("live");
      await clock.advance(120_000);
      expect(browser.ids).toHaveLength(51);
      expect(possibleGaps).toBe(1);
      expect(platform.questions.slice(asked).filter(({ beforeMs }) => beforeMs != null)).toEqual([]);
    },
  );

  it("marks only the first page as truncated for a browser that missed more than a page", async () => {
    const before = new Browser();
    await before.join(replica());
    platform.dropSockets();
    await clock.advance(120_000);
    for (let index = 0; index < 120; index += 1) platform.add(`missed ${index}`, { ageMs: 120 - index });
    const feeds = replica();
    const page = await poll(feeds, before.cursor);
    expect(page).toMatchObject({ truncated: true, messages: expect.objectContaining({ length: 50 }) });
    platform.say("the next");
    await clock.advance(1_000);
    expect(await poll(feeds, page.cursor)).toMatchObject({
      truncated: false,
      messages: expect.objectContaining({ length: 1 }),
    });
  });

  it("is not truncated for a short conversation", async () => {
    platform.forgetOldest(113);
    const { page } = await new Browser().join(replica());
    expect(page).toMatchObject({ truncated: false, messages: expect.objectContaining({ length: 7 }) });
  });
});

describe("messages of one millisecond that are pushed in another order than the platform lists them", () => {
  it.each([
    ["oldest first", false, 1_000],
    ["newest first", true, 1_000],
    ["oldest first in pages of 20", false, 20],
    ["newest first in pages of 20", true, 20],
  ])(
    "[ORDER-1] are put in order, listed %s: live, on resuming, on another replica, and for a poll",
    async (_name, newestFirst, pageLength) => {
      platform.newestFirst = newestFirst;
      platform.pageLength = pageLength;
      platform.before = "heeded";
      for (let index = 0; index < 30; index += 1) platform.addAt(clock.nowMs - 100_000 + 1_000 * index);
      const feeds = replica();
      const live = new Browser();
      const away = new Browser();
      await live.join(feeds);
      await away.join(feeds);
      const said = [platform.add("a"), platform.add("b"), platform.add("c")];
      for (const message of [said[1], said[0], said[2]]) if (message) platform.push(message);
      await clock.advance(20);
      expect(live.timeline.slice(30)).toEqual(["m32", "m31", "m33"]);
      away.subscription?.close();

      const polling = poll(feeds, away.cursor, 25_000);
      await clock.advance(10_000);
      expect(live.timeline).toEqual(idsOf(platform.history));
      const page = await polling;
      expect(idsOf(page.messages)).toEqual(["m32", "m33"]);
      expect((await poll(feeds, page.cursor)).messages).toEqual([]);

      const resumed = new Browser();
      resumed.received.push(...away.received);
      await resumed.join(replica(), away.cursor);
      expect(resumed.timeline).toEqual(idsOf(platform.history));
      expect((await poll(replica(), live.cursor)).messages).toEqual([]);
    },
  );
});

describe("subscribing to a feed", () => {
  it("delivers the history and then new messages", async () => {
    platform.add("one", { ageMs: 5_000 });
    platform.add("two", { ageMs: 4_000 });
    const browser = new Browser();
    const { page, upstream } = await browser.join(replica());
    expect(idsOf(page.messages)).toEqual(["m1", "m2"]);
    expect({ upstream, more: page.more, truncated: page.truncated }).toEqual({
      upstream: "ok",
      more: false,
      truncated: false,
    });
    platform.say("three");
    await clock.advance(10);
    expect(browser.ids).toEqual(["m1", "m2", "m3"]);
  });

  it("lists twice and connects once for any number of subscribers", async () => {
    platform.add("one", { ageMs: 5_000 });
    platform.add("two", { ageMs: 4_000 });
    const feeds = replica();
    await Promise.all(Array.from({ length: 5 }, () => new Browser().join(feeds)));
    expect(platform.dials).toBe(1);
    expect(platform.questions).toHaveLength(2);
    expect(feeds.byMode).toEqual({ dormant: 0, live: 1, polling: 0, "backing-off": 0, ended: 0 });
  });

  it("resumes on another replica with what was missed, and nothing else", async () => {
    platform.add("one", { ageMs: 5_000 });
    const browser = new Browser();
    const first = await browser.join(replica());
    platform.say("two");
    await clock.advance(10);
    first.close();
    platform.add("three");
    platform.add("four", { ageMs: 30_000 });
    await browser.join(replica());
    expect(browser.ids).toEqual(["m1", "m2", "m4", "m3"]);
  });

  it("is ready in time although the platform is slow, and then delivers in order what was missed", async () => {
    platform.add("one", { ageMs: 5_000 });
    const browser = new Browser();
    const first = await browser.join(replica());
    first.close();
    const cursor = browser.cursor;
    platform.latencyMs = 3_000;
    platform.add("two");
    const joinedAtMs = clock.nowMs;
    const { page, upstream } = await browser.join(replica());
    expect(clock.nowMs - joinedAtMs).toBeLessThanOrEqual(1_000);
    expect({ page, upstream }).toEqual({
      page: { messages: [], cursor, more: false, truncated: false },
      upstream: "catching-up",
    });
    await clock.advance(500);
    platform.say("three");
    await clock.advance(500);
    expect(browser.ids).toEqual(["m1"]);
    await clock.advance(15_000);
    expect(browser.ids).toEqual(["m1", "m2", "m3"]);
  });

  it("delivers pushes out of turn while the history cannot be read for long, and loses nothing", async () => {
    platform.add("one", { ageMs: 5_000 });
    const browser = new Browser();
    (await browser.join(replica())).close();
    platform.failure = { kind: "server-error", status: 500 };
    platform.add("two");
    await browser.join(replica());
    platform.say("three");
    await clock.advance(11_000);
    expect(browser.ids).toEqual(["m1", "m3"]);
    browser.subscription?.close();
    platform.failure = null;
    await browser.join(replica());
    expect(browser.ids).toEqual(["m1", "m3", "m2"]);
  });

  it("delivers more than a page that was missed, in order and each message once", async () => {
    platform.add("one");
    const browser = new Browser();
    (await browser.join(replica())).close();
    for (let index = 0; index < 950; index += 1) {
      await clock.advance(50);
      platform.add();
    }
    platform.pageLength = 100;
    const { page } = await browser.join(replica());
    expect(page.messages).toHaveLength(200);
    expect(page.more).toBe(true);
    await clock.advance(5_000);
    expect(browser.ids).toEqual(idsOf(platform.history));
    platform.say("live");
    await clock.advance(10);
    expect(browser.ids).toEqual(idsOf(platform.history));
  });

  it("resumes in the middle of many messages of one millisecond", async () => {
    platform.add("one", { ageMs: 1_000 });
    let since: string | null = (await poll(replica())).cursor;
    for (let index = 0; index < 450; index += 1) platform.add();
    const ids: string[] = [];
    for (let more = true; more; ) {
      const page = await poll(replica(), since);
      ids.push(...idsOf(page.messages));
      ({ more, cursor: since } = page);
    }
    expect(ids).toEqual(idsOf(platform.history).slice(1));
  });

  it("refuses an unknown session, and keeps no feed for it", async () => {
    platform.known = false;
    const feeds = replica();
    await expect(new Browser().join(feeds)).rejects.toMatchObject({ code: "session_not_found" });
    await expect(poll(feeds)).rejects.toMatchObject({ code: "session_not_found" });
    expect(countOf(feeds)).toBe(0);
  });

  it("tells its subscribers once that the platform has ended the session", async () => {
    platform.add("one");
    const browser = new Browser();
    await browser.join(replica());
    platform.known = false;
    platform.dropSockets();
    await clock.advance(3_000);
    expect(browser.ended).toBe("closed");
  });
});

describe("a live feed", () => {
  it("delivers a pushed message at once, and not again when it is listed", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica());
    platform.say("two");
    expect(browser.ids).toEqual(["m1", "m2"]);
    await clock.advance(120_000);
    expect(browser.ids).toEqual(["m1", "m2"]);
  });

  it("finds a message whose push was lost soon after a push that overtook it", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica());
    platform.add("lost", { ageMs: 100 });
    platform.say("three");
    await clock.advance(4_000);
    expect(browser.ids).toEqual(["m1", "m3", "m2"]);
  });

  it("never skips a missed message because a younger one was pushed", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica());
    platform.add("lost");
    await clock.advance(16_000);
    platform.say("three");
    browser.subscription?.close();
    await clock.advance(100_000);
    await browser.join(replica());
    expect(browser.ids.toSorted()).toEqual(["m1", "m2", "m3"]);
  });

  it("finds messages that a silent socket does not push", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica());
    platform.add("not pushed");
    await clock.advance(26_000);
    expect(browser.ids).toEqual(["m1", "m2"]);
  });

  it("treats any other frame as a change hint, and delays syncs further after hints without news", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica());
    platform.add("hinted");
    platform.hint();
    await clock.advance(50);
    expect(browser.ids).toEqual(["m1", "m2"]);
    await clock.advance(10_000);
    const before = platform.questions.length;
    for (let second = 0; second < 60; second += 1) {
      platform.hint();
      await clock.advance(1_000);
    }
    expect(platform.questions.length - before).toBeLessThan(25);
    platform.add("in the noise");
    platform.hint();
    await clock.advance(10_100);
    expect(browser.ids).toEqual(["m1", "m2", "m3"]);
  });

  it("learns over all sessions which kinds of frames bring no news, until they bring some", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const browsers = Array.from({ length: 30 }, () => new Browser());
    for (const [index, browser] of browsers.entries()) {
      await browser.join(feeds, null, { ...platform.session, sessionPublicId: `s${index}` });
    }
    // Verified once a minute from now on.
    await clock.advance(6 * 60_000);
    const listings = async (minutes: number, each: () => void) => {
      const before = platform.questions.length;
      for (let s = 0; s < minutes * 60; s += 15) {
        each();
        await clock.advance(15_000);
      }
      return (platform.questions.length - before) / minutes / browsers.length;
    };
    const verified = await listings(5, () => {});
    await listings(2, () => platform.hint("ping"));
    expect(await listings(5, () => platform.hint("ping"))).toBeLessThan(1.1 * verified);

    // Another kind is followed at once, and so is this one after it has brought something.
    const receivedBy = () =>
      browsers.filter(({ ids }) => ids.includes(platform.history.at(-1)?.id ?? "")).length;
    platform.add("two");
    platform.hint("message.created");
    await clock.advance(500);
    expect(receivedBy()).toBe(30);
    platform.add("three");
    for (let minute = 0; minute < 10; minute += 1) {
      platform.hint("ping");
      await clock.advance(60_000);
    }
    expect(receivedBy()).toBe(30);
    await clock.advance(5 * 60_000);
    platform.add("four");
    // The first ping is tried, and shows that the kind now brings news.
    for (let ping = 0; ping < 2; ping += 1) {
      platform.hint("ping");
      await clock.advance(500);
    }
    expect(receivedBy()).toBe(30);
  });

  it("ignores old messages that the platform replays to a new socket", async () => {
    for (let index = 0; index < 5; index += 1) platform.add("old", { ageMs: 300_000 - index });
    const browser = new Browser();
    (await browser.join(replica())).close();
    await browser.join(replica());
    for (const message of platform.history) platform.push(message);
    await clock.advance(5_000);
    expect(browser.ids).toEqual(["m1", "m2", "m3", "m4", "m5"]);
  });

  it("catches up after its socket dropped before it delivers what is newer", async () => {
    const browser = new Browser();
    platform.add("one", { ageMs: 5_000 });
    await browser.join(replica({ policy: { upstream: "ws", pollQuietMs: 60_000 } }));
    platform.upgrades = "refused";
    platform.dropSockets();
    await clock.advance(2_000);
    platform.add("missed");
    platform.upgrades = "accepted";
    platform.latencyMs = 400;
    const dials = platform.dials;
    for (let ms = 0; ms < 60_000 && platform.openSockets === 0; ms += 1) await clock.advance(1);
    expect(platform.dials).toBeGreaterThan(dials);
    platform.say("pushed");
    expect(browser.ids).toEqual(["m1"]);
    await clock.advance(2_000);
    expect(browser.ids).toEqual(["m1", "m2", "m3"]);
  });

  it.each(["auto", "ws", "poll"] as const)(
    "delivers all messages of a long outage within ten seconds of its end (%s)",
    async (upstream) => {
      platform.add("one", { ageMs: 5_000 });
      const browser = new Browser();
      await browser.join(replica({ policy: { upstream }, random: () => 0.99 }));
      platform.failure = { kind: "unreachable" };
      platform.upgrades = "refused";
      platform.dropSockets();
      for (let index = 0; index < 250; index += 1) {
        await clock.advance(1_000);
        platform.add();
      }
      platform.failure = null;
      platform.upgrades = "accepted";
      platform.pageLength = 100;
      await clock.advance(10_000);
      expect(browser.ids).toEqual(idsOf(platform.history));
    },
  );

  it("polls while the socket is refused, and then returns to the socket", async () => {
    platform.upgrades = "refused";
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const browser = new Browser();
    await browser.join(feeds);
    expect(feeds.byMode.polling).toBe(1);
    platform.add("two");
    await clock.advance(1_500);
    expect(browser.ids).toEqual(["m1", "m2"]);
    platform.upgrades = "accepted";
    await clock.advance(35_000);
    expect(feeds.byMode.live).toBe(1);
  });

  it("polls less often as a session becomes quiet", async () => {
    platform.add("one", { ageMs: 5_000 });
    await new Browser().join(replica({ policy: { upstream: "poll" } }));
    const asked = async (ms: number) => {
      const before = platform.questions.length;
      await clock.advance(ms);
      return platform.questions.length - before;
    };
    const active = await asked(50_000);
    await clock.advance(20_000);
    const quiet = await asked(200_000);
    await clock.advance(60_000);
    const idle = await asked(200_000);
    expect(active / 50).toBeGreaterThan(0.9);
    expect(quiet / 200).toBeLessThan(0.7);
    expect(idle / 200).toBeLessThan(0.2);
    expect(platform.dials).toBe(0);
  });
});

describe("an own message", () => {
  it("reaches other tabs before its echo, and not again with it", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const browser = new Browser();
    await browser.join(feeds);
    const sent = platform.add("mine", { author: "visitor" });
    feeds.publish("session", { ...sent, clientMessageId: "c1" });
    expect(browser.received.at(-1)).toEqual({ ...sent, clientMessageId: "c1" });
    platform.push(sent);
    await clock.advance(60_000);
    expect(browser.ids).toEqual(["m1", "m2"]);
  });

  it("is delivered again with its clientMessageId if its echo came first", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const browser = new Browser();
    await browser.join(feeds);
    const sent = platform.say("mine", { author: "visitor" });
    feeds.publish("session", { ...sent, clientMessageId: "c1" });
    await clock.advance(60_000);
    expect(browser.received.slice(1)).toEqual([sent, { ...sent, clientMessageId: "c1" }]);
  });

  it("is ordered by the platform's time, not by a provisional one", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const browser = new Browser();
    await browser.join(feeds);
    const sent = platform.add("mine", { author: "visitor" });
    const provisional = new Date(clock.nowMs - 3_600_000).toISOString();
    feeds.publish("session", { ...sent, createdAt: provisional, clientMessageId: "c1" });
    await clock.advance(5_000);
    expect(browser.received.at(-1)).toEqual({ ...sent, clientMessageId: "c1" });
    const page = await poll(feeds);
    expect(page.messages.at(-1)).toEqual({ ...sent, clientMessageId: "c1" });
    browser.subscription?.close();
    expect((await poll(replica(), browser.cursor)).messages).toEqual([]);
  });

  it("is dropped if the session has no subscribers", () => {
    replica().publish("session", platform.add("mine"));
    expect(platform.questions).toEqual([]);
  });
});

describe("a page", () => {
  it("answers unread messages at once, and nothing after them", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const page = await poll(feeds);
    expect(idsOf(page.messages)).toEqual(["m1"]);
    expect(await poll(feeds, page.cursor)).toMatchObject({ messages: [], more: false, truncated: false });
  });

  it("waits for the first message, and includes those that come with it", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const { cursor } = await poll(feeds);
    const begunAtMs = clock.nowMs;
    const waiting = feeds.page(platform.session, parseResumePoint(cursor ?? "", clock.nowMs), {
      waitMs: 25_000,
      signal: NEVER,
    });
    await clock.advance(2_000);
    platform.say("two");
    platform.say("three");
    expect(idsOf((await settled(waiting)).messages)).toEqual(["m2", "m3"]);
    expect(clock.nowMs - begunAtMs).toBeLessThan(2_050);
  });

  it("is empty when the wait is over, the browser leaves, or the server drains", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const { cursor } = await poll(feeds);
    const begunAtMs = clock.nowMs;
    expect((await poll(feeds, cursor, 3_000)).messages).toEqual([]);
    expect(clock.nowMs - begunAtMs).toBeLessThan(3_100);

    const leaving = new AbortController();
    const left = poll(feeds, cursor, 25_000, leaving.signal);
    await clock.advance(100);
    leaving.abort();
    expect((await left).messages).toEqual([]);

    const held = poll(feeds, cursor, 25_000);
    await clock.advance(100);
    feeds.drain();
    expect((await held).messages).toEqual([]);
    await expect(poll(feeds, cursor)).rejects.toMatchObject({ code: "draining" });
    await expect(new Browser().join(feeds)).rejects.toMatchObject({ code: "draining" });
  });

  it("takes a time strictly, and resumes from it", async () => {
    const atMs = clock.nowMs;
    platform.addAt(atMs - 1);
    platform.addAt(atMs);
    platform.addAt(atMs + 1);
    await clock.advance(1_000);
    const page = await poll(replica(), new Date(atMs).toISOString());
    expect(idsOf(page.messages)).toEqual(["m3"]);
    const later = platform.add();
    expect(idsOf((await poll(replica(), page.cursor)).messages)).toEqual([later.id]);
  });

  it("answers a time in the future with nothing now, and later with what is later", async () => {
    platform.add("one");
    const page = await poll(replica(), new Date(clock.nowMs + 60_000).toISOString());
    expect(page.messages).toEqual([]);
    platform.add("too early");
    await clock.advance(60_001);
    const later = platform.add("late enough");
    expect(idsOf((await poll(replica(), page.cursor)).messages)).toEqual([later.id]);
  });

  it("contains the newest 200 messages without `since`, and reports that older ones exist", async () => {
    for (let index = 0; index < 1_234; index += 1) platform.addAt(clock.nowMs - 10_000_000 + index * 1_000);
    platform.pageLength = 100;
    const feeds = replica();
    for (const page of [await poll(feeds), await poll(feeds)]) {
      expect(idsOf(page.messages)).toEqual(idsOf(platform.history).slice(-200));
      expect(page).toMatchObject({ truncated: true, more: false });
    }
  });

  it("reads further back than the feed's buffer", async () => {
    for (let index = 0; index < 900; index += 1) platform.addAt(clock.nowMs - 10_000_000 + index * 1_000);
    const feeds = replica();
    await poll(feeds);
    const ids: string[] = [];
    let since: string | null = platform.history[9]?.createdAt ?? null;
    for (let more = true; more; ) {
      const page = await poll(feeds, since);
      ids.push(...idsOf(page.messages));
      ({ more, cursor: since } = page);
    }
    expect(ids).toEqual(idsOf(platform.history).slice(10));
  });

  it("stays below a frame's size for any content", async () => {
    for (let index = 0; index < 150; index += 1)
      platform.addAt(clock.nowMs - 200_000 + index, "\u0007".repeat(4_000));
    const first = platform.addAt(clock.nowMs - 300_000);
    const ids: string[] = [];
    const feeds = replica();
    let since: string | null = first.createdAt;
    for (let more = true; more; ) {
      const page = await poll(feeds, since);
      expect(JSON.stringify(page).length).toBeLessThan(256 * 1024);
      ids.push(...idsOf(page.messages));
      ({ more, cursor: since } = page);
    }
    expect(ids).toEqual(idsOf(platform.history).slice(1));
  });

  it.each([
    [{ kind: "unreachable" }, "upstream_unavailable"],
    [{ kind: "circuit-open", retryAfterMs: 2_000 }, "upstream_unavailable"],
    [{ kind: "no-answer", timedOut: true }, "upstream_timeout"],
    [{ kind: "server-error", status: 500 }, "upstream_unavailable"],
    [{ kind: "unauthorised", status: 403 }, "upstream_rejected"],
    [{ kind: "malformed", keysSeen: [] }, "upstream_rejected"],
  ] as const)("answers %j with %s", async (failure, code) => {
    platform.failure = failure;
    await expect(poll(replica())).rejects.toMatchObject({ code });
  });

  it("gives up on a platform that does not answer", async () => {
    platform.latencyMs = 60_000;
    await expect(poll(replica())).rejects.toMatchObject({ code: "upstream_timeout" });
  });
});

describe("the registry", () => {
  it("keeps a feed for a while after its last subscriber", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    const { close } = await new Browser().join(feeds);
    close();
    close();
    await clock.advance(29_000);
    expect(countOf(feeds)).toBe(1);
    await new Browser().join(feeds);
    expect(platform.dials).toBe(1);
    await clock.advance(60_000);
    expect(countOf(feeds)).toBe(1);
  });

  it("replaces a lingering feed by a new one, and refuses if all have subscribers", async () => {
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica({ maxFeeds: 2 });
    const join = (sessionPublicId: string) =>
      settled(
        feeds.subscribe(
          { ...platform.session, sessionPublicId },
          "newest",
          { onMessage() {}, onEnded() {}, onFailed() {} },
          { withinMs: 900 },
        ),
      );
    const first = await join("a");
    await join("b");
    await expect(join("c")).rejects.toMatchObject({ code: "overloaded" });
    first.close();
    await join("c");
    expect(countOf(feeds)).toBe(2);
  });

  it("closes a subscriber that throws, and keeps delivering to the others", async () => {
    const failures: unknown[] = [];
    platform.add("one", { ageMs: 5_000 });
    const feeds = replica();
    await settled(
      feeds.subscribe(
        platform.session,
        "newest",
        {
          onMessage() {
            throw new Error("gone");
          },
          onEnded() {},
          onFailed: (error) => void failures.push(error),
        },
        { withinMs: 900 },
      ),
    );
    const browser = new Browser();
    await browser.join(feeds);
    platform.say("two");
    platform.say("three");
    await clock.advance(10);
    expect(browser.ids).toEqual(["m1", "m2", "m3"]);
    expect(failures).toEqual([new Error("gone")]);
  });

  it("finds late messages although the system's clock is set back", async () => {
    platform.upgrades = "refused";
    platform.add("one", { ageMs: 5_000 });
    const browser = new Browser();
    await browser.join(replica());
    await clock.advance(2_000);
    const setBack = vi.spyOn(Date, "now").mockImplementation(() => clock.nowMs - 3_600_000);
    platform.addAt(clock.nowMs - 20_000, "late");
    await clock.advance(30_000);
    setBack.mockRestore();
    expect(browser.ids).toEqual(["m1", "m2"]);
  });
});
