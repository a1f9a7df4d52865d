import { expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";
import { asOwner, asServer, CHAT, call, DASHBOARD } from "./platform-client.ts";

/** Far above the few milliseconds that it takes, even on a busy machine; far below a scan per row. */
const QUICK_MS = 2000;

it("stays quick with 1,000 sessions and a history of 10,000 messages", async () => {
  await using sandbox = await startSandbox();
  const long = sandbox.send("The long one").sessionPublicId;
  sandbox.addMessages(long, 10_000, { announce: false });
  for (let count = 1; count < 1000; count += 1) sandbox.send(`Session ${count}`);

  const sessions = await timed(sandbox, `${DASHBOARD}/sessions`, asOwner);
  expect(sessions.body).toMatchObject({ sessions: { length: 1000 }, hasMore: false });
  const found = await timed(sandbox, `${DASHBOARD}/sessions?search=message%209999`, asOwner);
  expect(found.body).toMatchObject({ sessions: [{ sessionPublicId: long }] });

  const newest = await timed(sandbox, `${DASHBOARD}/sessions/${long}/messages?limit=100`, asOwner);
  expect(newest.body).toMatchObject({ messages: { length: 100 }, hasMore: true });
  const { createdAt } = (newest.body as { messages: { createdAt: string }[] }).messages[98] ?? {};
  const fresh = await timed(sandbox, `${CHAT}/sessions/${long}/messages?since=${createdAt}`, asServer);
  expect(fresh.body).toMatchObject({ messages: { length: 1 } });
});

async function timed(sandbox: Sandbox, path: string, headers: Record<string, string>) {
  const startedMs = performance.now();
  const reply = await call(sandbox, "GET", path, { headers });
  expect(performance.now() - startedMs).toBeLessThan(QUICK_MS);
  return reply;
}
