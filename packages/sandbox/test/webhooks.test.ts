import { describe, expect, it } from "vitest";
import { SEED, startSandbox } from "../src/index.ts";
import {
  ALLOWED_ORIGIN,
  asOwner,
  asServer,
  CHAT,
  call,
  DASHBOARD,
  listContents,
  send,
} from "./platform-client.ts";

describe("sending", () => {
  it("opens a session with the first message and continues it with the next", async () => {
    await using sandbox = await startSandbox();
    const first = await send(sandbox, { content: "Hello" });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      success: true,
      messageId: expect.stringMatching(/^msg_/),
      sessionPublicId: expect.stringMatching(/^[\w-]{24}$/),
      message: "Chat message processed successfully",
    });

    const { sessionPublicId } = first.body as { sessionPublicId: string };
    const second = await send(sandbox, { content: "  still me\r\n", sessionPublicId });
    expect(second.body).toMatchObject({ sessionPublicId });
    expect(await listContents(sandbox, sessionPublicId)).toEqual(["Hello", "  still me\r\n"]);
  });

  it("is not idempotent: the same text again is another message", async () => {
    await using sandbox = await startSandbox();
    const publicId = sandbox.send("ok").sessionPublicId;
    await send(sandbox, { content: "ok", sessionPublicId: publicId });
    await send(sandbox, { content: "ok", sessionPublicId: publicId });
    expect(sandbox.messages(publicId).map(({ content }) => content)).toEqual(["ok", "ok", "ok"]);
  });

  it("takes the visitor's name and address, and keeps them when a later message has none", async () => {
    await using sandbox = await startSandbox();
    const { body } = await send(sandbox, {
      content: "Hi",
      senderName: " Ada ",
      senderEmail: "ada@example.com",
    });
    const { sessionPublicId } = body as { sessionPublicId: string };
    await send(sandbox, { content: "Again", sessionPublicId });
    expect(sandbox.sessions()).toMatchObject([{ visitorName: "Ada", visitorEmail: "ada@example.com" }]);
  });

  it("refuses a session that does not exist or belongs to another integration", async () => {
    await using sandbox = await startSandbox();
    const made = await createIntegration(sandbox, { name: "Other" });
    const other = `/api/v1/webhooks/chat/${SEED.projectUid}/${made}`;
    const session = sandbox.send("Hello").sessionPublicId;

    expect(await send(sandbox, { content: "x", sessionPublicId: "nope" })).toMatchObject({ status: 404 });
    const elsewhere = await call(sandbox, "POST", `${other}/messages`, {
      headers: asServer,
      json: { content: "x", sessionPublicId: session },
    });
    expect(elsewhere).toMatchObject({ status: 404, body: { error: "session_not_found" } });
    expect(
      await call(sandbox, "GET", `${other}/sessions/${session}/messages`, { headers: asServer }),
    ).toMatchObject({
      status: 404,
    });
  });

  it.each([
    [{}, 400],
    [{ content: "" }, 400],
    [{ content: " \n " }, 400],
    [{ content: ["Hello"] }, 400],
    [{ content: "a\0b" }, 400],
    [{ content: "x".repeat(10_001) }, 400],
    [{ content: "x", sessionPublicId: 7 }, 400],
    [{ content: "x".repeat(200_000) }, 413],
  ])("refuses the body %j with %i", async (json, status) => {
    await using sandbox = await startSandbox();
    expect(await send(sandbox, json)).toMatchObject({ status, body: { success: false } });
    expect(sandbox.sessions()).toEqual([]);
  });

  it("refuses what is not JSON", async () => {
    await using sandbox = await startSandbox();
    const post = (type: string, body: string) =>
      fetch(`${sandbox.url}${CHAT}/messages`, {
        method: "POST",
        headers: { ...asServer, "Content-Type": type },
        body,
      });
    expect((await post("text/plain", '{"content":"x"}')).status).toBe(415);
    const broken = await post("application/json", "{");
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ success: false, error: "invalid_request" });
  });

  it("works by the legacy path too, for JSBOX integrations", async () => {
    await using sandbox = await startSandbox();
    const legacy = (id: string) =>
      call(sandbox, "POST", `/api/v1/webhooks/messages/${id}`, {
        headers: asServer,
        json: { content: "Old" },
      });
    expect(await legacy(SEED.integrationId)).toMatchObject({ status: 200, body: { success: true } });
    expect(sandbox.sessions()).toHaveLength(1);
    expect(await legacy(SEED.formIntegrationId)).toMatchObject({
      status: 400,
      body: { error: "integration_type_mismatch" },
    });
    expect(await legacy("unknown")).toMatchObject({ status: 404 });
  });
});

describe("API keys", () => {
  const paths = [
    ["POST", `${CHAT}/messages`],
    ["GET", `${CHAT}/sessions/any/messages`],
    ["GET", `${CHAT}/status`],
    ["POST", `/api/v1/webhooks/messages/${SEED.integrationId}`],
    ["POST", `/api/v1/webhooks/chat/${SEED.projectUid}/integrations`],
  ] as const;

  it.each(paths)("are demanded by %s %s", async (method, path) => {
    await using sandbox = await startSandbox();
    const json = method === "POST" ? { content: "x", name: "x" } : undefined;
    const request = (headers: Record<string, string>) => call(sandbox, method, path, { headers, json });
    expect(await request({ Origin: ALLOWED_ORIGIN })).toMatchObject({ status: 401 });
    expect(await request({ Origin: ALLOWED_ORIGIN, "X-API-Key": "wrong" })).toMatchObject({ status: 401 });
  });

  it("open only what their scopes name", async () => {
    await using sandbox = await startSandbox();
    const create = (key: string) =>
      call(sandbox, "POST", `/api/v1/webhooks/chat/${SEED.projectUid}/integrations`, {
        headers: { "X-API-Key": key },
        json: { name: "Made" },
      });
    const status = (key: string) => call(sandbox, "GET", `${CHAT}/status`, { headers: { "X-API-Key": key } });

    expect(await create(SEED.sendOnlyKey)).toMatchObject({ status: 403, body: { error: "scope_missing" } });
    expect(await status(SEED.createOnlyKey)).toMatchObject({ status: 403, body: { error: "scope_missing" } });
    expect(await create(SEED.createOnlyKey)).toMatchObject({ status: 201 });
    expect(await status(SEED.sendOnlyKey)).toMatchObject({ status: 200 });
  });

  it("open only their own project", async () => {
    const foreign = {
      key: "ml_foreign_key_of_a_test",
      scopes: ["chat.send-message"],
      projectUid: "elsewhere",
    } as const;
    await using sandbox = await startSandbox({ keys: [foreign] });
    const headers = { "X-API-Key": foreign.key, Origin: ALLOWED_ORIGIN };
    expect(await call(sandbox, "GET", `${CHAT}/status`, { headers })).toMatchObject({
      status: 403,
      body: { error: "project_forbidden" },
    });
    const underTheirs = CHAT.replace(SEED.projectUid, "elsewhere");
    expect(await call(sandbox, "GET", `${underTheirs}/status`, { headers })).toMatchObject({ status: 404 });
  });
});

describe("origins", () => {
  it("must be allowed by the integration, on every call that names one", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const foreign = { "X-API-Key": SEED.apiKey, Origin: "https://evil.example" };
    const refused = { status: 403, body: { error: "origin_not_allowed" } };
    const json = { content: "x" };
    const post = (path: string) => call(sandbox, "POST", path, { headers: foreign, json });
    expect(await post(`${CHAT}/messages`)).toMatchObject(refused);
    expect(await post(`/api/v1/webhooks/messages/${SEED.integrationId}`)).toMatchObject(refused);
    const get = (path: string) => call(sandbox, "GET", path, { headers: foreign });
    expect(await get(`${CHAT}/status`)).toMatchObject(refused);
    expect(await get(`${CHAT}/sessions/${session}/messages`)).toMatchObject(refused);
  });

  it("must be named by a send where the integration restricts them; a server may read without", async () => {
    await using sandbox = await startSandbox();
    const headers = { "X-API-Key": SEED.apiKey };
    expect(
      await call(sandbox, "POST", `${CHAT}/messages`, { headers, json: { content: "x" } }),
    ).toMatchObject({
      status: 403,
      body: { error: "origin_required" },
    });
    expect(await call(sandbox, "GET", `${CHAT}/status`, { headers })).toMatchObject({ status: 200 });
  });

  it("are all allowed where the integration names none", async () => {
    await using sandbox = await startSandbox({ allowedOrigins: [] });
    for (const origin of [{}, { Origin: "https://anywhere.example" }] as const) {
      const headers = { "X-API-Key": SEED.apiKey, ...origin };
      const sent = await call(sandbox, "POST", `${CHAT}/messages`, { headers, json: { content: "x" } });
      expect(sent.status).toBe(200);
    }
  });

  it("may be given as a domain", async () => {
    await using sandbox = await startSandbox({ allowedOrigins: [], domain: "shop.example" });
    const status = (Origin: string) =>
      call(sandbox, "GET", `${CHAT}/status`, { headers: { "X-API-Key": SEED.apiKey, Origin } });
    expect(await status("https://www.shop.example")).toMatchObject({ status: 200 });
    expect(await status("https://workshop.example")).toMatchObject({ status: 403 });
  });

  it("get CORS headers when they are allowed, and nothing else does", async () => {
    await using sandbox = await startSandbox();
    const preflight = (Origin: string) =>
      call(sandbox, "OPTIONS", `${CHAT}/messages`, {
        headers: { Origin, "Access-Control-Request-Method": "POST" },
      });
    const allowed = await preflight(ALLOWED_ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(ALLOWED_ORIGIN);
    expect(allowed.headers.get("access-control-allow-headers")).toContain("X-API-Key");
    expect(allowed.headers.get("vary")).toContain("Origin");

    const refused = await preflight("https://evil.example");
    expect(refused.status).toBe(403);
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();

    const status = await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer });
    expect(status.headers.get("access-control-allow-origin")).toBe(ALLOWED_ORIGIN);
  });
});

describe("history", () => {
  it("lists both sides in order, with who wrote and when", async () => {
    await using sandbox = await startSandbox();
    const asked = sandbox.send("Question");
    const answered = sandbox.reply(asked.sessionPublicId, "Answer");
    const { body } = await call(sandbox, "GET", `${CHAT}/sessions/${asked.sessionPublicId}/messages`, {
      headers: asServer,
    });
    expect(body).toEqual({
      messages: [asked, answered].map(({ id, content, createdAtMs, sender, sessionPublicId }) => ({
        id,
        sessionPublicId,
        content,
        senderType: sender.toUpperCase(),
        senderName: null,
        createdAt: new Date(createdAtMs).toISOString(),
      })),
    });
  });

  it("treats `since` as exclusive, or as inclusive if configured", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    await using sandbox = await startSandbox({ nowMs: () => now++ });
    const session = sandbox.send("one").sessionPublicId;
    const two = sandbox.reply(session, "two");
    sandbox.reply(session, "three");

    const since = new Date(two.createdAtMs).toISOString();
    expect(await listContents(sandbox, session, since)).toEqual(["three"]);
    sandbox.faults.set({ since: "inclusive" });
    expect(await listContents(sandbox, session, since)).toEqual(["two", "three"]);
    const withOffset = since.replace("Z", "+00:00");
    expect(await listContents(sandbox, session, withOffset)).toEqual(["two", "three"]);
  });

  it.each(["yesterday", "2026-01-01", "12345", "2026-01-01T00:00:00"])("refuses since=%s", async (since) => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const path = `${CHAT}/sessions/${session}/messages?since=${since}`;
    expect(await call(sandbox, "GET", path, { headers: asServer })).toMatchObject({ status: 400 });
    expect(await call(sandbox, "GET", `${path}&since=${since}`, { headers: asServer })).toMatchObject({
      status: 400,
    });
  });
});

describe("status", () => {
  it("is away by default, and follows the configured presence", async () => {
    await using sandbox = await startSandbox();
    const status = async () => (await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer })).body;
    expect(await status()).toMatchObject({ status: "away", welcomeMessage: SEED.welcomeMessage });
    sandbox.setPresence("online");
    expect(await status()).toMatchObject({ status: "online" });
    sandbox.setPresence("away");
    expect(await status()).toMatchObject({ status: "away" });
  });
});

describe("creating an integration", () => {
  it("answers its id, which works at once with its own origins and welcome text", async () => {
    await using sandbox = await startSandbox();
    const id = await createIntegration(sandbox, {
      name: "Support chat",
      config: { welcomeMessage: "Hi!", allowedOrigins: ["https://shop.example"], domain: null },
    });
    const chat = `/api/v1/webhooks/chat/${SEED.projectUid}/${id}`;
    const headers = { "X-API-Key": SEED.apiKey, Origin: "https://shop.example" };
    const status = await call(sandbox, "GET", `${chat}/status`, { headers });
    expect(status.body).toMatchObject({ welcomeMessage: "Hi!" });
    const json = { content: "Hello" };
    expect(await call(sandbox, "POST", `${chat}/messages`, { headers, json })).toMatchObject({ status: 200 });
    expect(await call(sandbox, "POST", `${chat}/messages`, { headers: asServer, json })).toMatchObject({
      status: 403,
    });

    const sessions = await call(sandbox, "GET", `/api/v1/chat/${id}/sessions`, { headers: asOwner });
    expect(sessions.body).toMatchObject({ sessions: [{ messageCount: 1 }] });
    expect(await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers: asOwner })).toMatchObject({
      body: { sessions: [] },
    });
  });

  it.each([[{}], [{ name: " " }], [{ name: "x", config: { allowedOrigins: "https://a.example" } }]])(
    "refuses %j",
    async (json) => {
      await using sandbox = await startSandbox();
      const path = `/api/v1/webhooks/chat/${SEED.projectUid}/integrations`;
      expect(await call(sandbox, "POST", path, { headers: asServer, json })).toMatchObject({ status: 400 });
    },
  );
});

describe("anything else", () => {
  it("is 404 in JSON, or 405 with the methods that the path knows", async () => {
    await using sandbox = await startSandbox();
    expect(await call(sandbox, "GET", "/api/v1/nothing")).toMatchObject({
      status: 404,
      body: { success: false },
    });
    expect(await call(sandbox, "GET", `${CHAT}/nothing`, { headers: asServer })).toMatchObject({
      status: 404,
    });
    const wrongIntegration = CHAT.replace(SEED.integrationId, "unknown");
    expect(await call(sandbox, "GET", `${wrongIntegration}/status`, { headers: asServer })).toMatchObject({
      status: 404,
      body: { error: "integration_not_found" },
    });
    const wrong = await call(sandbox, "DELETE", `${CHAT}/messages`, { headers: asServer });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("POST");
  });
});

async function createIntegration(
  sandbox: Awaited<ReturnType<typeof startSandbox>>,
  json: Record<string, unknown>,
): Promise<string> {
  const path = `/api/v1/webhooks/chat/${SEED.projectUid}/integrations`;
  const { status, body } = await call(sandbox, "POST", path, { headers: { "X-API-Key": SEED.apiKey }, json });
  expect(status).toBe(201);
  return (body as { integration: { id: string } }).integration.id;
}
