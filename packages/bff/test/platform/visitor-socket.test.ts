import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import type { VisitorSocketCallbacks, VisitorSocketClosed } from "../../src/platform/client.ts";
import { type FakePlatform, startFakePlatform } from "../support/fake-platform.ts";
import {
  connectMailoo,
  eventually,
  type MailooFixture,
  TEST_KEY,
  TEST_ORIGIN,
} from "../support/mailoo-fixture.ts";

const SESSION = { sessionPublicId: "s1", origin: TEST_ORIGIN };
const MESSAGE = { id: "m1", content: "Hello", createdAt: "2026-03-04T05:06:07.089Z", senderType: "OWNER" };

describe("the visitor socket", () => {
  it("connects to the documented URL, with the page's origin and without the key", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    open(mailoo);
    await platform.openSocket();

    const [upgrade] = platform.upgrades;
    expect(upgrade?.target).toBe(
      "/api/v1/chat/visitor-ws?projectUid=proj_1&integrationId=int_1&sessionPublicId=s1",
    );
    expect(upgrade?.headers.origin).toBe(TEST_ORIGIN);
    expect(upgrade?.headers["sec-websocket-extensions"]).toBeUndefined();
    expect(JSON.stringify(upgrade)).not.toContain(TEST_KEY);
  });

  it("hands out messages, and rings for everything else, another session's events included", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const received = open(mailoo);
    const peer = await platform.openSocket();

    peer.push({ type: "message", payload: { ...MESSAGE, sessionPublicId: "s2" } });
    peer.push({ type: "typing" });
    peer.push("no JSON");
    peer.push(Buffer.from([1, 2, 3]));
    peer.push({ type: "message", payload: MESSAGE });
    await eventually(() => received.events).toEqual([
      "open",
      "change hint",
      "change hint",
      "change hint",
      "change hint",
      "message m1",
    ]);
    expect(mailoo.log.text).toContain("another session");
    expect(mailoo.log.text).not.toMatch(/"s1"|"s2"|Hello/);
  });

  it.each([401, 403, 404, 503])("reports a refusal with %i", async (status) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onUpgrade(status);
    const received = open(mailoo);

    await eventually(() => received.events).toEqual([`closed refused ${status}`]);
    await eventually(() => platform.connections.open).toBe(0);
    expect(mailoo.calls).toEqual([{ operation: "visitor-socket", outcome: "refused" }]);
  });

  it.each([
    ["resets", "reset", "closed lost 1006"],
    ["never answers", "hang", "closed lost 1006"],
  ] as const)("is lost where the platform %s", async (_name, behaviour, event) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { timeouts: { handshakeMs: 500 } });
    platform.onUpgrade(behaviour);
    const received = open(mailoo);

    await eventually(() => received.events).toEqual([event]);
  });

  it("is lost if nothing listens", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    await platform.pause();
    const received = open(mailoo);

    await eventually(() => received.events).toEqual(["closed lost 1006"]);
  });

  it("reports the code of a close, and of a lost connection", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const first = open(mailoo);
    (await platform.openSocket()).close(1012);
    await eventually(() => first.events).toEqual(["open", "closed lost 1012"]);

    const second = open(mailoo);
    (await platform.openSocket()).cut();
    await eventually(() => second.events).toEqual(["open", "closed lost 1006"]);
  });

  it("notices a line that went dead", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { timeouts: { pingEveryMs: 50 } });
    const received = open(mailoo);
    (await platform.openSocket()).freeze();

    await eventually(() => received.events).toEqual(["open", "closed lost 0"]);
  });

  it("keeps a line that is quiet but answers", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { timeouts: { pingEveryMs: 20 } });
    const received = open(mailoo);
    const peer = await platform.openSocket();
    await peer.pinged(5);

    expect(received.events).toEqual(["open"]);
  });

  it("is closed if a frame is too large", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const received = open(mailoo);
    (await platform.openSocket()).push("x".repeat(300 * 1024));

    await eventually(() => received.events).toEqual(["open", "closed lost 1006"]);
  });

  it.each([
    ["before it dials", async () => {}],
    ["while it dials", (platform: FakePlatform) => eventually(() => platform.upgrades.length).toBe(1)],
  ])("may be closed %s, and says no more", async (_name, reach) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onUpgrade("hang");
    const received = open(mailoo);
    await reach(platform);
    received.socket.close();
    received.socket.close();

    await eventually(() => platform.connections.open).toBe(0);
    expect(received.events).toEqual([]);
    expect(mailoo.calls).toEqual([{ operation: "visitor-socket", outcome: "cancelled" }]);
  });

  it("can be closed by its own callback, and reports nothing afterwards", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const received = open(mailoo, { onMessage: () => received.socket.close() });
    const peer = await platform.openSocket();
    peer.push(MESSAGE);
    peer.push(MESSAGE);

    await eventually(() => platform.connections.open).toBe(0);
    expect(received.events).toEqual(["open"]);
  });

  it("is closed if a callback throws, so that a new one brings what was missed", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const received = open(mailoo, {
      onMessage() {
        throw new Error("not my fault");
      },
    });
    const peer = await platform.openSocket();
    peer.push(MESSAGE);
    await eventually(() => received.events).toEqual(["open", "closed lost 0"]);
  });

  it("does not connect for an id that cannot be part of a URL", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const received = open(mailoo, {}, "..");

    await eventually(() => received.events).toEqual(["closed refused 404"]);
    expect(platform.upgrades).toEqual([]);
  });

  it("waits for its turn under the budget of reads", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, {
      limits: { reads: { count: 1, seconds: 60 } },
      timeouts: { queueMs: 25 },
    });
    const first = open(mailoo);
    const second = open(mailoo);

    await eventually(() => second.events).toEqual(["closed lost 0"]);
    await eventually(() => first.events).toEqual(["open"]);
    expect(platform.upgrades).toHaveLength(1);
  });
});

interface Received {
  readonly events: string[];
  readonly socket: { close(): void };
}

function open(
  mailoo: MailooFixture,
  over: Partial<VisitorSocketCallbacks> = {},
  sessionPublicId = "s1",
): Received {
  const events: string[] = [];
  const listener: VisitorSocketCallbacks = {
    onOpen: () => void events.push("open"),
    onMessage: (message: ChatMessage) => void events.push(`message ${message.id}`),
    onChangeHint: () => void events.push("change hint"),
    onClose: ({ kind, code }: VisitorSocketClosed) => void events.push(`closed ${kind} ${code}`),
    ...over,
  };
  return { events, socket: mailoo.client.openVisitorSocket({ ...SESSION, sessionPublicId }, listener) };
}
