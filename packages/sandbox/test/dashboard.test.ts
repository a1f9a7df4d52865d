import { describe, expect, it } from "vitest";
import { SEED, startSandbox } from "../src/index.ts";
import { asOwner, call, DASHBOARD, send } from "./platform-client.ts";

describe("the dashboard's session list", () => {
  it("shows name, last message and unread count, newest activity first", async () => {
    let now = 1_800_000_000_000;
    await using sandbox = await startSandbox({ nowMs: () => now++ });
    const first = sandbox.send("First visitor").sessionPublicId;
    await send(sandbox, { content: "Second visitor", senderName: "Grace" });
    sandbox.send("Are you there?", first);

    const { status, body } = await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers: asOwner });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      hasMore: false,
      sessions: [
        {
          sessionPublicId: first,
          visitorName: null,
          messageCount: 2,
          unreadCount: 2,
          lastMessage: { content: "Are you there?", senderType: "VISITOR" },
        },
        { visitorName: "Grace", messageCount: 1, unreadCount: 1, lastMessage: { content: "Second visitor" } },
      ],
    });
  });

  it("is paged and searched by name, address and any text, wildcards taken literally", async () => {
    let now = 1_800_000_000_000;
    await using sandbox = await startSandbox({ nowMs: () => now++ });
    await send(sandbox, { content: "about shoes", senderName: "Ada" });
    await send(sandbox, { content: "100% wool?", senderEmail: "grace@example.com" });
    const third = sandbox.send("hello").sessionPublicId;
    sandbox.send("Do you sell SHOES?", third);
    sandbox.send("bye", third);

    const texts = async (query: string) => {
      const { body } = await call(sandbox, "GET", `${DASHBOARD}/sessions?${query}`, { headers: asOwner });
      const { sessions, hasMore } = body as {
        hasMore: boolean;
        sessions: { sessionPublicId: string; lastMessage: { content: string } }[];
      };
      return { texts: sessions.map(({ lastMessage }) => lastMessage.content), hasMore, sessions };
    };
    expect(await texts("search=shoes")).toMatchObject({ texts: ["bye", "about shoes"] });
    expect(await texts("search=ada")).toMatchObject({ texts: ["about shoes"] });
    expect(await texts("search=GRACE@")).toMatchObject({ texts: ["100% wool?"] });
    expect(await texts("search=%25")).toMatchObject({ texts: ["100% wool?"] });
    expect(await texts("search=_")).toMatchObject({ texts: [] });

    const page = await texts("limit=2");
    expect(page).toMatchObject({ texts: ["bye", "100% wool?"], hasMore: true });
    const next = await texts(`limit=2&after=${page.sessions[1]?.sessionPublicId}`);
    expect(next).toMatchObject({ texts: ["about shoes"], hasMore: false });
  });
});

describe("the dashboard's history and reply", () => {
  it("answers a visitor: the reply is in the history and marks the session as read", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Question").sessionPublicId;
    const path = `${DASHBOARD}/sessions/${session}`;
    const reply = await call(sandbox, "POST", `${path}/reply`, {
      headers: asOwner,
      json: { content: "Answer" },
    });
    expect(reply).toMatchObject({ status: 201, body: { success: true, message: { senderType: "OWNER" } } });

    const history = await call(sandbox, "GET", `${path}/messages`, { headers: asOwner });
    expect(history.body).toMatchObject({
      hasMore: false,
      session: { unreadCount: 0 },
      messages: [
        { content: "Question", senderType: "VISITOR" },
        { content: "Answer", senderType: "OWNER" },
      ],
    });
  });

  it("pages backwards from the newest", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("0").sessionPublicId;
    const added = sandbox.addMessages(session, 5, {
      firstAtMs: Date.now() + 1000,
      stepMs: 0,
      content: "{n}",
    });
    const path = `${DASHBOARD}/sessions/${session}/messages`;
    const newest = await call(sandbox, "GET", `${path}?limit=2`, { headers: asOwner });
    expect(newest.body).toMatchObject({ hasMore: true, messages: [{ content: "4" }, { content: "5" }] });
    const before = await call(sandbox, "GET", `${path}?limit=4&before=${added[3]?.id}`, { headers: asOwner });
    expect(before.body).toMatchObject({
      hasMore: false,
      messages: [{ content: "0" }, { content: "1" }, { content: "2" }, { content: "3" }],
    });
  });

  it("knows no session or integration but its own", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const get = async (path: string) => (await call(sandbox, "GET", path, { headers: asOwner })).status;
    expect(await get(`${DASHBOARD}/sessions/unknown/messages`)).toBe(404);
    expect(await get("/api/v1/chat/unknown/sessions")).toBe(404);
    expect(await get(`/api/v1/chat/${SEED.formIntegrationId}/sessions/${session}/messages`)).toBe(404);
    const reply = await call(sandbox, "POST", `${DASHBOARD}/sessions/unknown/reply`, {
      headers: asOwner,
      json: { content: "x" },
    });
    expect(reply.status).toBe(404);
  });

  it("refuses a reply without text", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const path = `${DASHBOARD}/sessions/${session}/reply`;
    expect(await call(sandbox, "POST", path, { headers: asOwner, json: { content: " " } })).toMatchObject({
      status: 400,
    });
    expect(sandbox.messages(session)).toHaveLength(1);
  });
});
