import type { ChatMessage } from "@mailoo-chat/protocol";
import { type FaultPatch, type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { parseResumePoint } from "../../src/feed/cursor.ts";
import type { FeedPolicy } from "../../src/feed/feed-machine.ts";
import type { FeedRegistry, FeedSubscription } from "../../src/feed/registry.ts";
import { createFeedRegistry } from "../../src/feed/registry.ts";
import { connectMailoo, type MailooFixture } from "../support/mailoo-fixture.ts";

const ORIGIN = "http://localhost:5173";

/** Fast enough for a test; the proportions are the real ones. */
const QUICK: Partial<FeedPolicy> = {
  pollActiveMs: 100,
  pollQuietMs: 500,
  verifyActiveMs: 400,
  confirmMs: 200,
};

describe("feeds of a platform that", () => {
  it.each<[string, FaultPatch]>([
    ["behaves well", {}],
    ["includes the bound of `since`", { since: "inclusive" }],
    ["lists three messages a page", { pageSize: 3 }],
    ["lists three messages a page, the bound included", { pageSize: 3, since: "inclusive" }],
    ["dates all messages alike", { equalTimestamps: true }],
    ["dates messages back", { lateInsertMs: 20_000 }],
    ["refuses sockets", { sockets: "refuse" }],
    ["never answers an upgrade", { sockets: "hang" }],
    ["has mute sockets", { sockets: "mute" }],
    ["loses pushes", { losePushes: 0.5 }],
    ["pushes late", { pushDelayMs: 150 }],
    ["replays to every socket what it has pushed before", { replay: 50 }],
    ["pushes other sessions' messages and unknown frames", { foreignPush: true, nonMessageFrames: true }],
    ["fails now and then", { errorRate: 0.2 }],
    ["is slow", { latencyMs: { min: 20, max: 200 } }],
  ])("%s deliver everything once", { timeout: 30_000 }, async (_name, faults) => {
    await using scene = await startScene(QUICK);
    scene.sandbox.faults.set(faults);
    const browser = scene.browser();
    await browser.join(scene.feeds);
    for (let index = 0; index < 3; index += 1) scene.sandbox.reply(scene.session, `reply ${index}`);
    await browser.holdsAll();

    scene.sandbox.dropSockets();
    scene.sandbox.addMessages(scene.session, 20, { announce: false });
    scene.sandbox.reply(scene.session, "after the drop");
    await browser.holdsAll();

    browser.leave();
    scene.sandbox.addMessages(scene.session, 20, { announce: false });
    await browser.join(scene.replica());
    scene.sandbox.reply(scene.session, "on another replica");
    await browser.holdsAll();
    expect(browser.twice).toEqual([]);
  });

  it("is only polled deliver everything once", async () => {
    await using scene = await startScene({ ...QUICK, upstream: "poll" });
    const browser = scene.browser();
    await browser.join(scene.feeds);
    scene.sandbox.addMessages(scene.session, 250, { announce: false });
    scene.sandbox.reply(scene.session, "live");
    await browser.holdsAll();
    expect(scene.sandbox.stats().sockets.visitor).toBe(0);
  });

  it("does not know a session refuse its subscribers", async () => {
    await using scene = await startScene(QUICK);
    const unknownSession = { sessionPublicId: "no-such-session", origin: ORIGIN };
    const subscriber = { onMessage() {}, onEnded() {}, onFailed() {} };
    await expect(
      scene.feeds.subscribe(unknownSession, "newest", subscriber, { withinMs: 5_000 }),
    ).rejects.toMatchObject({ code: "session_not_found" });
  });
});

interface Scene extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly session: string;
  readonly feeds: FeedRegistry;
  /** The feeds of another process. */
  replica(): FeedRegistry;
  browser(): Browser;
}

async function startScene(policy: Partial<FeedPolicy>): Promise<Scene> {
  const sandbox = await startSandbox();
  const clients: MailooFixture[] = [];
  const registries: FeedRegistry[] = [];
  const replica = () => {
    const mailoo = connectMailoo(sandbox.url, {
      apiKey: SEED.apiKey,
      projectUid: SEED.projectUid,
      integrationId: SEED.integrationId,
      fallbackOrigin: ORIGIN,
    });
    const feeds = createFeedRegistry({ client: mailoo.client, policy });
    clients.push(mailoo);
    registries.push(feeds);
    return feeds;
  };
  const session = sandbox.send("hello").sessionPublicId;
  return {
    sandbox,
    session,
    feeds: replica(),
    replica,
    browser: () => new Browser(sandbox, session),
    async [Symbol.asyncDispose]() {
      for (const feeds of registries) feeds.close();
      for (const mailoo of clients) await mailoo[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

/** A client as the protocol describes it. */
class Browser {
  /** Ids that came again, although no other message has the same time. */
  readonly twice: string[] = [];
  readonly #sandbox: Sandbox;
  readonly #session: string;
  readonly #messages = new Map<string, ChatMessage>();
  #cursor: string | undefined;
  #subscription: FeedSubscription | null = null;

  constructor(sandbox: Sandbox, session: string) {
    this.#sandbox = sandbox;
    this.#session = session;
  }

  async join(feeds: FeedRegistry): Promise<void> {
    const session = { sessionPublicId: this.#session, origin: ORIGIN };
    const subscriber = {
      onMessage: (message: ChatMessage, cursor: string) => this.#take([message], cursor),
      onEnded() {},
      onFailed() {},
    };
    const since = parseResumePoint(this.#cursor, Date.now());
    this.#subscription = await feeds.subscribe(session, since, subscriber, { withinMs: 900 });
    this.#take(this.#subscription.page.messages, this.#subscription.page.cursor);
  }

  leave(): void {
    this.#subscription?.close();
  }

  /** Waits until it has all messages, in the platform's order. */
  async holdsAll(): Promise<void> {
    const timeline = () =>
      [...this.#messages.values()]
        .toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
        .map(({ id }) => id);
    const truth = () => this.#sandbox.messages(this.#session).map(({ id }) => id);
    await expect.poll(timeline, { timeout: 10_000 }).toEqual(truth());
  }

  #take(messages: readonly ChatMessage[], cursor: string | null): void {
    for (const message of messages) {
      const { id, createdAt } = message;
      const others = [...this.#messages.values()].filter((other) => other.createdAt === createdAt);
      if (others.length === 1 && others[0]?.id === id) this.twice.push(id);
      // Behind all others of its time, even if it is known.
      this.#messages.delete(id);
      this.#messages.set(id, message);
    }
    this.#cursor = cursor ?? this.#cursor;
  }
}
