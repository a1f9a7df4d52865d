import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { MailooError } from "../../src/platform/errors.ts";
import { type Behaviour, json, rawBytes, startFakePlatform, text } from "../support/fake-platform.ts";
import {
  connectMailoo,
  eventually,
  type MailooFixture,
  TEST_KEY,
  TEST_ORIGIN,
} from "../support/mailoo-fixture.ts";

const CREATED_AT = "2026-03-04T05:06:07.089Z";
const SEND = { content: "Hello", sessionPublicId: null, origin: TEST_ORIGIN, sender: null };
const QUERY = { sessionPublicId: "s1", origin: TEST_ORIGIN, sinceMs: null, priority: "interactive" } as const;
const STAINED_HEADERS = { "x-echo": TEST_KEY, "retry-after": TEST_KEY, "content-language": TEST_KEY };

/** Ways for a platform to show the key where none belongs. */
const ECHOES: readonly (readonly [string, Behaviour])[] = [
  ["an error page", text(`<h1>Bad key ${TEST_KEY}</h1>`, 500, STAINED_HEADERS)],
  [
    "a refusal's code",
    json({ code: TEST_KEY, error: { code: TEST_KEY }, message: TEST_KEY }, 403, STAINED_HEADERS),
  ],
  ["a 401", json({ code: TEST_KEY, [TEST_KEY]: 1 }, 401, { "www-authenticate": `key realm="${TEST_KEY}"` })],
  ["a redirect", text("", 302, { location: `/login?key=${TEST_KEY}` })],
  ["a 429", json({ message: TEST_KEY }, 429, STAINED_HEADERS)],
  ["keys that make no sense", json({ [TEST_KEY]: { [TEST_KEY]: TEST_KEY } })],
  ["text in place of JSON", text(TEST_KEY)],
  ["a status line", rawBytes(`HTTP/1.1 ${TEST_KEY} ${TEST_KEY}\r\n\r\n`)],
  ["a header that is none", rawBytes(`HTTP/1.1 200 OK\r\n${TEST_KEY}\0: ${TEST_KEY}\r\n\r\n`)],
  ["a body cut short", rawBytes(`HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"key":"${TEST_KEY}`)],
  ["a session id", json({ sessionPublicId: `s-${TEST_KEY}`, messageId: "m1" })],
  ["an integration's id", json({ id: `int-${TEST_KEY}` })],
  ["a message id", json({ sessionPublicId: "s1", messageId: `m-${TEST_KEY}`, createdAt: CREATED_AT })],
  [
    "a listed message",
    json([
      {
        id: `m-${TEST_KEY}`,
        content: `see ${TEST_KEY}`,
        createdAt: CREATED_AT,
        sender: { type: "owner", name: TEST_KEY },
      },
      { id: "m2", [TEST_KEY]: TEST_KEY },
    ]),
  ],
];

describe("the API key", () => {
  it.each(ECHOES)("is removed if the platform echoes it in %s", async (_name, behaviour) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(behaviour);
    platform.onList(behaviour);
    platform.onStatus(behaviour);
    platform.onCreateIntegration(behaviour);

    const outcomes = await Promise.allSettled([
      mailoo.client.send(SEND),
      mailoo.client.list(QUERY),
      mailoo.client.status(),
      mailoo.client.createIntegration({ name: "x", welcomeMessage: null, allowedOrigins: [], domain: null }),
    ]);
    expect(outcomes.map(shown).join("\n")).not.toContain(TEST_KEY);
    expectClean(mailoo);
  });

  it("is removed if a socket echoes it", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const messages: ChatMessage[] = [];
    mailoo.client.openVisitorSocket(
      { sessionPublicId: "s1", origin: TEST_ORIGIN },
      { onOpen() {}, onChangeHint() {}, onClose() {}, onMessage: (message) => void messages.push(message) },
    );
    const peer = await platform.openSocket();
    peer.push({ type: TEST_KEY, sessionPublicId: TEST_KEY });
    peer.push({ id: "m1", content: `Your key is ${TEST_KEY}!`, createdAt: CREATED_AT, senderType: "OWNER" });

    await eventually(() => messages).toHaveLength(1);
    expect(messages[0]?.content).toBe("Your key is [redacted]!");
    expectClean(mailoo);
  });

  it("is sent nowhere else", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(json({ sessionPublicId: "s1" }));
    await mailoo.client.send(SEND);

    const [request] = platform.requests;
    expect(request?.target).not.toContain(TEST_KEY);
    expect(JSON.stringify(request?.body)).not.toContain(TEST_KEY);
    const carriers = Object.entries(request?.headers ?? {}).filter(([, value]) =>
      String(value).includes(TEST_KEY),
    );
    expect(carriers).toEqual([["x-api-key", TEST_KEY]]);
  });
});

function expectClean({ log, calls }: MailooFixture): void {
  expect(log.text).not.toContain(TEST_KEY);
  expect(JSON.stringify(calls)).not.toContain(TEST_KEY);
}

/** All that a caller could print of an outcome. */
function shown(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === "fulfilled") return JSON.stringify(outcome.value);
  expect(outcome.reason).toBeInstanceOf(MailooError);
  const { failure, message, stack, cause } = outcome.reason as MailooError;
  const details = cause instanceof Error ? [cause.message, cause.stack, ...Object.values(cause)] : [cause];
  return JSON.stringify([failure, message, stack, details]);
}
