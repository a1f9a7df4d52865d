// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { createChatClient } from "../../src/client/create-headless-client.ts";
import { BASE_URL, createFakeBff } from "./fake-bff.ts";
import { createFakeBrowser } from "./fake-browser.ts";
import { serveByMsw } from "./serve-by-msw.ts";

describe("a conversation over real fetch and WebSocket", () => {
  it("starts with the first text and receives the owner's reply by socket", async () => {
    const bff = createFakeBff();
    using _ = serveByMsw(bff);
    const tab = createFakeBrowser().openTab();
    const client = createChatClient({ baseUrl: BASE_URL, window: tab.window });
    const received: string[] = [];
    client.onMessage(({ content }) => received.push(content));
    client.open();
    await vi.waitFor(() => expect(client.state.config?.welcomeMessage).toBe("Welcome"));

    const sent = await client.send("Hello");
    expect(sent).toMatchObject({ id: "m1", content: "Hello", author: "visitor" });
    await vi.waitFor(() => expect(client.state.connection).toEqual({ name: "online", transport: "socket" }));
    bff.reply("Hi there");
    await vi.waitFor(() =>
      expect(client.state.timeline.map(({ content }) => content)).toEqual(["Hello", "Hi there"]),
    );
    expect(received).toEqual(["Hi there"]);
    expect(client.state.unread).toBe(1);
    client.close();
    expect(tab.leftovers).toBe(0);
  });

  it("continues after a reload", async () => {
    const bff = createFakeBff();
    using _ = serveByMsw(bff);
    const browser = createFakeBrowser();
    const before = browser.openTab();
    const first = createChatClient({ baseUrl: BASE_URL, window: before.window });
    await first.send("Hello");
    first.close();
    before.crash();
    bff.reply("Still there?");

    const client = createChatClient({ baseUrl: BASE_URL, window: browser.openTab().window });
    await vi.waitFor(() =>
      expect(client.state.timeline.map(({ content }) => content)).toEqual(["Hello", "Still there?"]),
    );
    expect(client.state.hasSession).toBe(true);
    expect(client.state.unread).toBe(1);
    client.close();
  });

  it("falls back to long poll if sockets are unavailable", async () => {
    const bff = createFakeBff();
    bff.config = { ...bff.config, realtime: { ws: null, longPollSeconds: 25 } };
    using _ = serveByMsw(bff);
    const client = createChatClient({ baseUrl: BASE_URL, window: createFakeBrowser().openTab().window });
    await client.send("Hello");
    await vi.waitFor(() =>
      expect(client.state.connection).toEqual({ name: "online", transport: "long-poll" }),
    );
    bff.reply("Hi there");
    await vi.waitFor(() => expect(client.state.timeline).toHaveLength(2));
    expect(bff.requests).not.toContain("WS");
    client.close();
  });

  it("requests and stores nothing before the visitor acts", async () => {
    const bff = createFakeBff();
    using _ = serveByMsw(bff);
    const browser = createFakeBrowser();
    const client = createChatClient({ baseUrl: BASE_URL, window: browser.openTab().window });
    client.open();
    await vi.waitFor(() => expect(client.state.config).not.toBeNull());
    expect(bff.requests).toEqual(["GET /config"]);
    expect(browser.stored.size).toBe(0);
    client.close();
  });
});
