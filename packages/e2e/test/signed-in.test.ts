import { type Sandbox, startSandbox } from "@mailoo-chat/sandbox";
import { expect, test } from "vitest";
import { createVisitor, type Visitor } from "../src/headless-visitor.ts";
import { createMemoryStorage } from "../src/memory-storage.ts";
import { type BffOptions, startBff } from "../src/servers/start-bff.ts";
import { startRedis } from "../src/servers/start-redis.ts";
import { signIdentity, WITH_VISITOR_SESSIONS } from "../src/sign-identity.ts";

const ORIGIN = "http://localhost:5173";
const TIMEOUT = { timeout: 90_000 };
const PATIENCE = { timeout: 30_000 };

/** A device of a signed-in visitor, with the panel open. */
function signIn(baseUrl: string, sub: string, storage: Storage = createMemoryStorage()): Visitor {
  const visitor = createVisitor({ baseUrl, origin: ORIGIN, storage });
  visitor.client.identify({ token: signIdentity(sub) });
  visitor.client.open();
  return visitor;
}

/** The owner's view of all messages, without session ids. */
function allTexts(sandbox: Sandbox): readonly string[] {
  return sandbox
    .sessions()
    .flatMap(({ publicId }) => sandbox.messages(publicId).map(({ content }) => content));
}

test(
  "[VISITOR-1] [DELIVERY-7] two devices that start at the same time on two replicas share one live conversation",
  TIMEOUT,
  async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const env = { ...WITH_VISITOR_SESSIONS, REDIS_URL: redis.url };
    const options: BffOptions = { platformUrl: sandbox.url, allowedOrigins: [ORIGIN], env };
    await using one = await startBff(options);
    await using two = await startBff(options);
    sandbox.faults.set({ latencyMs: 150 });
    using laptop = signIn(one.baseUrl, "ada");
    using phone = signIn(two.baseUrl, "ada");
    await Promise.all([laptop.client.send("from the laptop"), phone.client.send("from the phone")]);
    const [session] = sandbox.sessions();
    const sessionPublicId = session?.publicId ?? "";
    expect(sandbox.sessions()).toHaveLength(1);
    sandbox.reply(sessionPublicId, "answer");
    await laptop.client.send("and on");
    const truth = () => sandbox.messages(sessionPublicId).map(({ content }) => content);
    expect(truth()).toHaveLength(4);
    for (const { confirmed } of [laptop, phone]) await expect.poll(confirmed, PATIENCE).toEqual(truth());

    // A third device, later, and another visitor.
    using tablet = signIn(one.baseUrl, "ada");
    await expect.poll(tablet.confirmed, PATIENCE).toEqual(truth());
    using bobs = signIn(two.baseUrl, "bob");
    await bobs.client.send("Bob's");
    expect(bobs.confirmed()).toEqual(["Bob's"]);
    expect(sandbox.sessions()).toHaveLength(2);
  },
);

test(
  "[VISITOR-2] [DELIVERY-1] a message written before sign-in is sent once although responses are lost",
  TIMEOUT,
  async () => {
    await using sandbox = await startSandbox();
    const options = { platformUrl: sandbox.url, allowedOrigins: [ORIGIN], env: WITH_VISITOR_SESSIONS };
    await using bff = await startBff(options);
    const storage = createMemoryStorage();
    using visitor = createVisitor({ baseUrl: bff.baseUrl, origin: ORIGIN, storage });
    visitor.client.open();
    sandbox.faults.set({ latencyMs: 300 });
    const sends = ["first", "second"].map((text) => visitor.client.send(text));
    // While the first message is being sent.
    await expect.poll(() => sandbox.stats().requests.send.requests).toBe(1);
    visitor.client.identify({ token: signIdentity("ada") });
    sends.push(visitor.client.send("third"));
    await Promise.all(sends);
    expect(allTexts(sandbox)).toEqual(["first", "second", "third"]);
    expect(sandbox.sessions()).toHaveLength(1);
    using other = signIn(bff.baseUrl, "ada");
    await expect.poll(other.confirmed, PATIENCE).toEqual(["first", "second", "third"]);
  },
);

test("[VISITOR-3] a shared browser shows each person only their own conversation", TIMEOUT, async () => {
  await using sandbox = await startSandbox();
  const options = { platformUrl: sandbox.url, allowedOrigins: [ORIGIN], env: WITH_VISITOR_SESSIONS };
  await using bff = await startBff(options);
  const storage = createMemoryStorage();
  // Nobody signs out.
  for (const sub of ["ada", "bob", "ada", "bob", "eve"]) {
    using visitor = signIn(bff.baseUrl, sub, storage);
    await visitor.client.send(`${sub} was here`);
    const own = allTexts(sandbox).filter((text) => text === `${sub} was here`);
    await expect.poll(visitor.confirmed, PATIENCE).toEqual(own);
  }
  expect(sandbox.sessions()).toHaveLength(3);
});
