import { startSandbox } from "@mailoo-chat/sandbox";
import { expect, test } from "vitest";
import { type BffCalls, createBffCalls } from "../src/bff-calls.ts";
import { startBff } from "../src/servers/start-bff.ts";

const ORIGIN = "http://localhost:5173";

async function startHouse() {
  const sandbox = await startSandbox();
  const bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN] });
  const calls = createBffCalls(bff.baseUrl, ORIGIN);
  const opened = await calls.submit({ content: "first" });
  const { token, sessionPublicId } = opened.body.session;
  return {
    sandbox,
    bff,
    calls,
    token,
    session: sessionPublicId,
    async [Symbol.asyncDispose]() {
      await bff[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

/** Resolves when the platform's newest message has reached the BFF. */
async function untilArrived({
  sandbox,
  calls,
  token,
  session,
}: Awaited<ReturnType<typeof startHouse>>): Promise<void> {
  const newest = sandbox.messages(session).at(-1)?.id;
  await expect
    .poll(async () => (await calls.messages(token)).body.messages.at(-1)?.id, { timeout: 10_000 })
    .toBe(newest);
}

/** Reads from a cursor until no more messages are available. */
async function readAll(calls: BffCalls, token: string, since: string): Promise<readonly string[]> {
  const contents: string[] = [];
  for (let cursor = since; ; ) {
    const { body } = await calls.messages(token, { since: cursor });
    expect(body.messages.length).toBeLessThanOrEqual(200);
    contents.push(...body.messages.map(({ content }) => content));
    if (!body.more || body.cursor === null) return contents;
    cursor = body.cursor;
  }
}

test("[READ-4] [READ-1] a long history is returned in pages of 200, or without a cursor its newest page", async () => {
  await using house = await startHouse();
  const { sandbox, calls, token, session } = house;
  const start = await calls.messages(token);
  expect(start.body).toMatchObject({ more: false, truncated: false });
  sandbox.addMessages(session, 450);
  await untilArrived(house);

  const newest = await calls.messages(token);
  const truth = sandbox.messages(session).map(({ content }) => content);
  expect(newest.body.truncated).toBe(true);
  expect(newest.body.messages.map(({ content }) => content)).toEqual(truth.slice(-200));

  const onwards = await readAll(calls, token, start.body.cursor ?? "");
  expect(onwards).toEqual(truth.slice(1));
});

test.each(["inclusive", "exclusive"] as const)(
  "[CURSOR-2] [ORDER-1] late messages and messages with equal times reach a client with a cursor if `since` is %s",
  async (since) => {
    await using house = await startHouse();
    const { sandbox, calls, token, session } = house;
    sandbox.faults.set({ since, pageSize: 7 });
    const start = await calls.messages(token);
    sandbox.addMessages(session, 20, { stepMs: 0, content: "Same time {n}" });
    await untilArrived(house);
    const seen = await readAll(calls, token, start.body.cursor ?? "");
    expect(seen).toHaveLength(20);

    const { body } = await calls.messages(token);
    const lateAtMs = Math.min(...sandbox.messages(session).map(({ createdAtMs }) => createdAtMs)) - 30_000;
    sandbox.addMessages(session, 3, { firstAtMs: lateAtMs, content: "Late {n}" });
    const late: string[] = [];
    let cursor = body.cursor ?? "";
    // They are not the newest messages, so only a request with a cursor shows when they have arrived.
    await expect
      .poll(
        async () => {
          const page = await calls.messages(token, { since: cursor });
          late.push(...page.body.messages.map(({ content }) => content));
          cursor = page.body.cursor ?? cursor;
          return late;
        },
        { timeout: 10_000 },
      )
      .toEqual(["Late 1", "Late 2", "Late 3"]);
  },
);

test("[READ-1] a burst that was only pushed so far is returned once, over any number of pages", async () => {
  await using house = await startHouse();
  const { sandbox, calls, token, session } = house;
  const start = await calls.messages(token);
  sandbox.addMessages(session, 450);
  const contents = await readAll(calls, token, start.body.cursor ?? "");
  expect(contents).toEqual([...new Set(contents)]);
  const truth = sandbox.messages(session).map(({ content }) => content);
  expect(contents).toEqual(truth.slice(1, 1 + contents.length));
});

test("[CURSOR-1] a cursor of one replica works on another that does not know the session", async () => {
  await using house = await startHouse();
  const { sandbox, calls, token, session } = house;
  const start = await calls.messages(token);
  await using other = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN] });
  sandbox.reply(session, "Said meanwhile");
  const resumed = await createBffCalls(other.baseUrl, ORIGIN).messages(token, {
    since: start.body.cursor ?? "",
  });
  expect(resumed.body.messages.map(({ content }) => content)).toEqual(["Said meanwhile"]);
  expect(Buffer.byteLength(resumed.body.cursor ?? "")).toBeLessThanOrEqual(1024);
});
