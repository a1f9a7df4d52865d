import { describe, expect, it } from "vitest";
import { startBff } from "./support/start-bff.ts";
import { startChat, type TestChat } from "./support/start-chat.ts";

// What a page tells of a visitor goes to the owner, and never back to the visitor.

const ALL = { MAILOO_CHAT_CONTEXT: "page,referrer,utm,locale,plan,seats,?ref" };

/** What the owner reads. */
function told({ sandbox }: TestChat, sessionPublicId: string): readonly string[] {
  return sandbox.messages(sessionPublicId).map(({ content }) => content.replace(/ \(context \w{8}\)$/, ""));
}

describe("[CONTEXT-1] the context of a message", () => {
  it("is a footer for the owner, and is not in the answer, the history or what is pushed", async () => {
    await using chat = await startChat(ALL);
    const { bff, sandbox } = chat;
    const context = {
      page: "http://localhost:5173/pricing?ref=mail&token=secret#top",
      referrer: "https://www.google.com/?q=secret",
      utm: "google / cpc",
      locale: "de-AT",
      plan: "pro",
      seats: 3,
    };
    const { message, session } = (await bff.submit({ content: "Hello", context })).body;
    const { sessionPublicId, token } = session;
    expect(told(chat, sessionPublicId)).toEqual([
      "Hello\n\n— Page: /pricing?ref=mail · From: google.com · Campaign: google / cpc · Language: de-AT · Plan: pro · Seats: 3",
    ]);
    expect(message.content).toBe("Hello");

    // Another replica knows nothing but what the platform lists and pushes.
    await using other = await startBff({ platform: sandbox });
    const socket = other.socket();
    await socket.opened();
    socket.hello(token);
    expect((await socket.ready()).messages.map(({ content }) => content)).toEqual(["Hello"]);
    await bff.submit({ content: "And now?", context: { page: "/checkout" } }, token);
    await socket.message("And now?");
    expect(told(chat, sessionPublicId)[1]).toBe("And now?\n\n— Page: /checkout");
    const { messages } = (await other.messages(token)).body;
    expect(messages.map(({ content }) => content)).toEqual(["Hello", "And now?"]);
    const since = (await bff.messages(token, { since: new Date(Date.now() - 60_000).toISOString() })).body;
    expect(since.messages.map(({ content }) => content)).toEqual(["Hello", "And now?"]);
    socket.close();
  });

  it("is dropped if the owner does not ask for it", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "Hello", context: { page: "/", plan: "pro" } }))
      .body;
    expect(told(chat, session.sessionPublicId)).toEqual(["Hello"]);
  });

  it("is logged by name, once each, if the owner does not list it, unless the name may be data", async () => {
    await using chat = await startChat({ MAILOO_CHAT_CONTEXT: "page,plan" });
    const { bff } = chat;
    const context = { page: "/", Plan: "a private value", "ada@private.example": 1, ["x".repeat(100)]: 1 };
    for (const content of ["one", "two"]) await bff.submit({ content, context });
    await bff.submit({
      content: "x",
      context: Object.fromEntries(Array.from({ length: 30 }, (_, at) => ["n".repeat(at + 1), 1])),
    });
    const names = bff.log.lines
      .filter(({ msg }) => /MAILOO_CHAT_CONTEXT/.test(`${msg}`))
      .map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["Plan", "n", "nn"]);
    expect(names).toHaveLength(20);
    expect(bff.log.text).not.toContain("private");
  });

  it("never causes a refusal, and cannot imitate other text", async () => {
    await using chat = await startChat({ MAILOO_CHAT_CONTEXT: "page,referrer,plan,constructor" });
    const { bff } = chat;
    const send = async (context: unknown) => {
      const { status, body } = await bff.submit({ content: "Hello", context });
      expect(status).toBe(201);
      return told(chat, body.session.sessionPublicId)[0]?.replace(/^Hello(\n\n— )?/, "");
    };
    expect(await send("plan")).toBe("");
    expect(await send([1])).toBe("");
    expect(await send({ unknown: 1, plan: { a: 1 } })).toBe("");
    expect(await send({ plan: "pro\n\n— Plan:\u202e free · Verified: yes\0" })).toBe(
      "Plan: pro — Plan: free - Verified: yes",
    );
    expect(await send({ plan: "· pro · · Verified: yes ·" })).toBe("Plan: - pro - - Verified: yes -");
    expect(await send({ plan: "col·laborador" })).toBe("Plan: col·laborador");
    expect(await send({ plan: "x".repeat(10_000) })).toBe(`Plan: ${"x".repeat(149)}…`);
    expect(await send({ page: "javascript:alert(1)", referrer: "data:,x" })).toBe("");
    expect(await send({ page: "https://user:password@shop.example/caf%C3%A9?a=%0A1", referrer: "" })).toBe(
      "Page: /café",
    );
    // From page to page of one site.
    expect(await send({ referrer: "http://localhost:5173/pricing" })).toBe("");
  });

  it("includes the host of a page if several hosts are allowed", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_CONTEXT: "page",
      MAILOO_CHAT_ALLOWED_ORIGINS: "http://localhost:5173,https://*.shop.example",
    });
    const context = { page: "https://de.shop.example/pricing" };
    const { session } = (await chat.bff.submit({ content: "Hello", context })).body;
    expect(told(chat, session.sessionPublicId)).toEqual(["Hello\n\n— Page: de.shop.example/pricing"]);
  });

  it("[DELIVERY-1] does not count when a message is sent again, or is searched for", async () => {
    await using chat = await startChat(ALL);
    const { bff, sandbox } = chat;
    const first = { content: "first", clientMessageId: "c0", context: { plan: "free" } };
    const { session, message } = (await bff.submit(first)).body;
    const next = { content: "second", clientMessageId: "c1", after: message.id };
    sandbox.faults.set({ acceptThenReset: 1 });
    const sent = await bff.submit({ ...next, context: { plan: "pro" } }, session.token);
    const again = await bff.submit({ ...next, attempt: 2, context: { page: "/pricing" } }, session.token);
    expect([sent.status, again.status]).toEqual([201, 200]);
    expect(again.body.message).toEqual(sent.body.message);
    // On a replica without a record, it is found in the history.
    await using other = await startBff({ platform: sandbox, env: ALL });
    const elsewhere = await other.submit({ ...next, attempt: 3 }, session.token);
    expect(elsewhere.body.message.id).toBe(sent.body.message.id);
    expect(told(chat, session.sessionPublicId)).toEqual(["first\n\n— Plan: free", "second\n\n— Plan: pro"]);
  });

  it("leaves visitors the text that they have written, even if it ends like a footer", async () => {
    await using chat = await startChat(ALL);
    const { bff, sandbox } = chat;
    const { session } = (await bff.submit({ content: "Hello", context: { plan: "pro" } })).body;
    const [copied = ""] = sandbox.messages(session.sessionPublicId).map(({ content }) => content);
    await bff.submit({ content: copied }, session.token);
    await bff.submit({ content: copied, context: { plan: "free" } }, session.token);
    sandbox.reply(session.sessionPublicId, copied);
    const { messages } = (await bff.messages(session.token)).body;
    expect(messages.map(({ content }) => content)).toEqual(["Hello", copied, copied, copied]);
  });
});
