import type { ChatMessage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HistoryPlatform } from "../../test/support/history-platform.ts";
import { startVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import type { MailooFailure } from "../platform/errors.ts";
import { parseResumePoint } from "./cursor.ts";
import type { FeedPolicy } from "./feed-machine.ts";
import type { FeedRegistry } from "./registry.ts";
import { createFeedRegistry } from "./registry.ts";
import type { ReplayBufferLimits } from "./replay-buffer.ts";

/**
 * The delivery promise, against a simple model: whatever happens between the platform and the browsers, in the end every
 * browser has every message once, and received none twice.
 */
type Step =
  | { readonly do: "say"; readonly announced: "push" | "hint" | "nothing"; readonly ageMs: number }
  | {
      readonly do: "say-together";
      readonly count: number;
      readonly pushed: "as listed" | "the other way round";
    }
  | { readonly do: "send"; readonly echo: "before" | "after" | "never"; readonly skewMs: number }
  | { readonly do: "replay" }
  | { readonly do: "drop-sockets" }
  | { readonly do: "upgrades"; readonly are: HistoryPlatform["upgrades"] }
  | { readonly do: "fail-lists"; readonly failure: MailooFailure | null }
  | { readonly do: "latency"; readonly ms: number }
  | { readonly do: "join"; readonly browser: number; readonly replica: number }
  | { readonly do: "poll"; readonly browser: number; readonly replica: number; readonly waitMs: number }
  | { readonly do: "leave"; readonly browser: number }
  | { readonly do: "restart"; readonly replica: number }
  | { readonly do: "pass"; readonly ms: number };

interface World {
  readonly upstream: FeedPolicy["upstream"];
  readonly inclusive: boolean;
  readonly newestFirst: boolean;
  readonly pageLength: number;
  readonly before: number;
  readonly steps: readonly Step[];
  readonly buffer: ReplayBufferLimits;
  /** Where browsers begin. Undefined: with the newest page. */
  readonly since: string | undefined;
}

const CRAMPED = { buffer: { maxMessages: 40, maxBytes: 1_000_000 }, since: "1970-01-01T00:00:00Z" };
/** Equal times, pushed the other way round to a client whose history could not be listed yet. */
const PUSHED_BEFORE_THE_FIRST_LISTING: World = {
  upstream: "auto",
  inclusive: false,
  newestFirst: false,
  pageLength: 1,
  before: 0,
  buffer: { maxMessages: 300, maxBytes: 512 * 1024 },
  since: undefined,
  steps: [
    { do: "fail-lists", failure: { kind: "rate-limited", retryAfterMs: 3000 } },
    { do: "join", browser: 0, replica: 1 },
    { do: "pass", ms: 50_000 },
    { do: "drop-sockets" },
    { do: "restart", replica: 0 },
    { do: "pass", ms: 3000 },
    { do: "say", announced: "hint", ageMs: 0 },
    { do: "say-together", count: 2, pushed: "the other way round" },
    { do: "replay" },
  ],
};
/** Equal times, pushed the other way round to a client that polls while a slow listing shows their order. */
const POLLED_WHILE_LISTED: World = {
  ...PUSHED_BEFORE_THE_FIRST_LISTING,
  steps: [
    { do: "join", browser: 0, replica: 0 },
    { do: "pass", ms: 3 },
    { do: "say-together", count: 2, pushed: "the other way round" },
    { do: "latency", ms: 4_000 },
    { do: "pass", ms: 12_000 },
    { do: "poll", browser: 0, replica: 0, waitMs: 0 },
    { do: "say", announced: "push", ageMs: 0 },
  ],
};
const REPLICAS = 2;
const BROWSERS = 2;

describe("delivery", () => {
  it("[DELIVERY-3] loses nothing and delivers nothing twice under random faults", { timeout: 60_000 }, () =>
    holds(
      worlds(anyStep(), [1, 2, 5, 10, 1_000], { newestFirst: fc.boolean() }),
      1_000,
      ({ platform, browsers, redated }) => {
        // If a replica published another time than the platform's, other replicas may correct it twice, or not at all.
        const settled = (id: string) => !redated.has(id);
        const history = idsOf(platform.history);
        for (const browser of browsers) {
          expect(browser.received.toSorted(), "all messages").toEqual(history.toSorted());
          expect(browser.timeline.filter(settled), "in order").toEqual(history.filter(settled));
          const alone = ({ createdAt }: ChatMessage) =>
            platform.history.filter((other) => other.createdAt === createdAt).length === 1;
          const twice = idsOf(browser.twice.filter(alone));
          expect(twice.filter(settled), "delivered twice, and not for the order of equal times").toEqual([]);
        }
      },
      [PUSHED_BEFORE_THE_FIRST_LISTING, POLLED_WHILE_LISTED],
    ),
  );

  it(
    "[ORDER-1] keeps the platform's order on the wire while no message appears late",
    { timeout: 60_000 },
    () =>
      holds(worlds(timelyStep(4), [5, 10, 1_000]), 600, ({ platform, browsers }) => {
        for (const browser of browsers) expect(browser.received).toEqual(idsOf(platform.history));
      }),
  );

  it(
    "keeps the order when more comes at once than a buffer, a page or a cursor holds",
    { timeout: 60_000 },
    () =>
      holds(worlds(timelyStep(300), [50, 1_000], CRAMPED), 40, ({ platform, browsers }) => {
        for (const browser of browsers) expect(browser.received).toEqual(idsOf(platform.history));
      }),
  );
});

/** Plays each world to its end and checks it. */
function holds(
  all: fc.Arbitrary<World>,
  numRuns: number,
  check: (scene: Scene) => void,
  examples: readonly World[] = [],
): Promise<void> {
  const property = fc.asyncProperty(all, async (world) => {
    using clock = startVirtualClock();
    const scene = new Scene(clock, world);
    for (const step of world.steps) await scene.play(step);
    await scene.calmDown();
    check(scene);
    await scene.close();
    expect(clock.pending, "timers left behind").toBe(0);
    expect(scene.platform.openSockets, "sockets left open").toBe(0);
  });
  return fc.assert(property, { numRuns, examples: examples.map((world) => [world]) });
}

/** Two replicas, a platform, and two browsers that come and go. */
class Scene {
  readonly platform = new HistoryPlatform();
  readonly browsers: Browser[] = [];
  /** Messages that were published with another time than the platform's. */
  readonly redated = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #world: World;
  readonly #replicas: FeedRegistry[] = [];

  constructor(clock: VirtualClock, world: World) {
    this.#clock = clock;
    this.#world = world;
    this.platform.inclusive = world.inclusive;
    // Messages of equal time do not show in which direction they are listed.
    this.platform.newestFirst = world.newestFirst && world.pageLength >= 10 && world.before > 1;
    this.platform.before = "heeded";
    this.platform.pageLength = world.pageLength;
    for (let index = 0; index < world.before; index += 1) {
      this.platform.addAt(clock.nowMs - 200_000 + index * 7_000);
    }
    for (let index = 0; index < REPLICAS; index += 1) this.#replicas.push(this.#replica());
    for (let index = 0; index < BROWSERS; index += 1)
      this.browsers.push(new Browser(this.platform, world.since));
  }

  async play(step: Step): Promise<void> {
    const { platform } = this;
    switch (step.do) {
      case "say": {
        const message = platform.add("hello", { ageMs: step.ageMs });
        if (step.announced === "push") platform.push(message);
        if (step.announced === "hint") platform.hint();
        break;
      }
      case "say-together": {
        const said = Array.from({ length: step.count }, () => platform.add());
        for (const message of step.pushed === "as listed" ? said : said.toReversed()) platform.push(message);
        break;
      }
      case "send": {
        const message = platform.add("mine", { author: "visitor" });
        const createdAt = new Date(Date.parse(message.createdAt) + step.skewMs).toISOString();
        if (step.skewMs !== 0) this.redated.add(message.id);
        if (step.echo === "before") platform.push(message);
        await this.#clock.advance(3);
        for (const feeds of this.#replicas.slice(0, 1)) {
          feeds.publish(platform.session.sessionPublicId, {
            ...message,
            createdAt,
            clientMessageId: message.id,
          });
        }
        if (step.echo === "after") platform.push(message);
        break;
      }
      case "replay":
        for (const message of platform.history) platform.push(message);
        break;
      case "drop-sockets":
        platform.dropSockets();
        break;
      case "upgrades":
        platform.upgrades = step.are;
        break;
      case "fail-lists":
        platform.failure = step.failure;
        break;
      case "latency":
        platform.latencyMs = step.ms;
        break;
      case "join":
        this.browsers[step.browser]?.join(this.#at(step.replica));
        break;
      case "poll":
        this.browsers[step.browser]?.poll(this.#at(step.replica), step.waitMs);
        break;
      case "leave":
        this.browsers[step.browser]?.leave();
        break;
      case "restart":
        for (const browser of this.browsers) browser.leave();
        this.#at(step.replica).close();
        this.#replicas[step.replica] = this.#replica();
        break;
      case "pass":
        await this.#clock.advance(step.ms);
    }
    // More messages in one millisecond than a page holds cannot be listed.
    platform.pageLength = Math.max(this.#world.pageLength, platform.crowd);
    await this.#clock.advance(1);
  }

  /** Ends all faults and lets every browser catch up. */
  async calmDown(): Promise<void> {
    this.platform.upgrades = "accepted";
    this.platform.failure = null;
    this.platform.latencyMs = 5;
    for (const [index, browser] of this.browsers.entries()) browser.join(this.#at(index % REPLICAS));
    await this.#clock.advance(150_000);
  }

  async close(): Promise<void> {
    for (const feeds of this.#replicas) feeds.close();
    for (const browser of this.browsers) browser.leave();
    await this.#clock.advance(20_000);
  }

  #at(index: number): FeedRegistry {
    const replica = this.#replicas[index];
    if (!replica) throw new Error(`no replica ${index}`);
    return replica;
  }

  #replica(): FeedRegistry {
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    return createFeedRegistry({
      client: this.platform.client,
      policy: { upstream: this.#world.upstream },
      buffer: this.#world.buffer,
      random,
    });
  }
}

/** One connection at a time, a cursor, and a timeline as the protocol describes it. */
class Browser {
  /** Ids in the order in which they came first. */
  readonly received: string[] = [];
  /** Received again although nothing about them had changed. */
  readonly twice: ChatMessage[] = [];
  readonly #messages = new Map<string, ChatMessage>();
  readonly #platform: HistoryPlatform;
  #cursor: string | undefined;
  #visit = 0;
  #hangUp: () => void = () => {};

  constructor(platform: HistoryPlatform, since: string | undefined) {
    this.#platform = platform;
    this.#cursor = since;
  }

  get timeline(): string[] {
    // A map keeps the order of arrival, and sorting does not change it among equals.
    return idsOf(
      [...this.#messages.values()].toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt)),
    );
  }

  join(feeds: FeedRegistry): void {
    const { isCurrent, since } = this.#arrive();
    const subscriber = {
      onMessage: (message: ChatMessage, cursor: string) => {
        if (isCurrent()) this.#take([message], cursor);
      },
      onEnded: () => {},
      onFailed: () => {},
    };
    feeds.subscribe(this.#platform.session, since, subscriber, { withinMs: 900 }).then(
      (subscription) => {
        if (!isCurrent()) return subscription.close();
        this.#take(subscription.page.messages, subscription.page.cursor);
        this.#hangUp = subscription.close;
      },
      () => {},
    );
  }

  poll(feeds: FeedRegistry, waitMs: number): void {
    const { isCurrent, since } = this.#arrive();
    const gone = new AbortController();
    this.#hangUp = () => gone.abort();
    feeds.page(this.#platform.session, since, { waitMs, signal: gone.signal }).then(
      (page) => {
        if (isCurrent()) this.#take(page.messages, page.cursor);
      },
      () => {},
    );
  }

  leave(): void {
    this.#visit += 1;
    this.#hangUp();
    this.#hangUp = () => {};
  }

  #arrive() {
    this.leave();
    const visit = this.#visit;
    return {
      isCurrent: () => visit === this.#visit,
      since: parseResumePoint(this.#cursor, Date.now()),
    };
  }

  #take(messages: readonly ChatMessage[], cursor: string | null): void {
    for (const message of messages) {
      const known = this.#messages.get(message.id);
      if (!known) this.received.push(message.id);
      else if (JSON.stringify(known) === JSON.stringify(message)) this.twice.push(message);
      this.#messages.delete(message.id);
      this.#messages.set(message.id, { ...known, ...message });
    }
    this.#cursor = cursor ?? this.#cursor;
  }
}

function worlds(
  step: fc.Arbitrary<Step>,
  pageLengths: readonly number[],
  {
    buffer = { maxMessages: 300, maxBytes: 512 * 1024 },
    since,
    newestFirst = fc.constant(false),
  }: Partial<Pick<World, "buffer" | "since">> & { readonly newestFirst?: fc.Arbitrary<boolean> } = {},
): fc.Arbitrary<World> {
  return fc.record({
    upstream: fc.constantFrom("auto", "auto", "ws", "poll"),
    inclusive: fc.boolean(),
    newestFirst,
    pageLength: fc.constantFrom(...pageLengths),
    buffer: fc.constant(buffer),
    since: fc.constant(since),
    before: fc.constantFrom(0, 1, 3, 20),
    steps: fc.array(step, { maxLength: 40, size: "max" }),
  });
}

const browser = fc.nat({ max: BROWSERS - 1 });
const replica = fc.nat({ max: REPLICAS - 1 });
const sayTogether = (
  most: number,
  ...pushed: (Step & { do: "say-together" })["pushed"][]
): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constant("say-together"),
    count: fc.integer({ min: 2, max: most }),
    pushed: fc.constantFrom(...pushed),
  });
const join: fc.Arbitrary<Step> = fc.record({ do: fc.constant("join"), browser, replica });
const poll: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("poll"),
  browser,
  replica,
  waitMs: fc.constantFrom(0, 0, 2_000, 25_000),
});
const coming: fc.Arbitrary<Step>[] = [
  join,
  poll,
  fc.record({ do: fc.constant("leave"), browser }),
  fc.record({ do: fc.constant("restart"), replica }),
];

/** No message appears late and nothing takes long, but sockets drop and browsers come and go. */
function timelyStep(most: number): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: "say", announced: "push", ageMs: 0 }) },
    { weight: 1, arbitrary: sayTogether(most, "as listed") },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "drop-sockets" }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("latency"), ms: fc.constantFrom(2, 20, 300) }) },
    { weight: 4, arbitrary: fc.oneof(...coming) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(3, 100, 1_000, 5_000, 40_000) }),
    },
  );
}

function anyStep(): fc.Arbitrary<Step> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("say"),
        announced: fc.constantFrom("push", "push", "hint", "nothing"),
        ageMs: fc.constantFrom(0, 0, 0, 1, 500, 20_000, 59_000),
      }),
    },
    { weight: 1, arbitrary: sayTogether(4, "as listed", "the other way round") },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("send"),
        echo: fc.constantFrom("before", "after", "never"),
        skewMs: fc.constantFrom(0, 0, -3_600_000, 3_600_000),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "replay" }, { do: "drop-sockets" }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("upgrades"),
        are: fc.constantFrom("accepted", "refused", "ignored"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("fail-lists"),
        failure: fc.constantFrom<MailooFailure | null>(
          null,
          { kind: "server-error", status: 500 },
          { kind: "rate-limited", retryAfterMs: 3_000 },
          { kind: "unreachable" },
          { kind: "malformed", keysSeen: [] },
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("latency"), ms: fc.constantFrom(2, 50, 700, 4_000) }),
    },
    { weight: 6, arbitrary: fc.oneof(...coming) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("pass"),
        ms: fc.constantFrom(3, 50, 500, 3_000, 12_000, 50_000),
      }),
    },
  );
}

function idsOf(messages: readonly ChatMessage[]): string[] {
  return messages.map(({ id }) => id);
}
