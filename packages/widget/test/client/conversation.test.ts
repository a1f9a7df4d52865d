// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { createChatClient } from "../../src/client/create-chat-client.ts";
import { BASE_URL, startFakeBff } from "./fake-bff.ts";
import { createFakeBrowser } from "./fake-browser.ts";

describe("a conversation", () => {
  it("begins with the first text, and the owner's answer comes by socket", async () => {
    await using bff = await startFakeBff();
    const tab = createFakeBrowser().openTab();
    const client = createChatClient({ baseUrl: BASE_URL, platform: tab });
    const heard: string[] = [];
    client.onMessage(({ content }) => heard.push(content));
    client.open();
    await vi.waitFor(() => expect(client.state.config?.welcomeMessage).toBe("Welcome"));
    const sent = await client.send("Hello");
    expect(sent.id).toBe("m1");
    await vi.waitFor(() => expect(client.state.connection).toEqual({ name: "online", transport: "socket" }));
    bff.reply("Hi there");
    await vi.waitFor(() =>
      expect(client.state.timeline.map(({ content }) => content)).toEqual(["Hello", "Hi there"]),
    );
    expect(heard).toEqual(["Hi there"]);
    expect(client.state.unread).toBe(1);
    client.close();
    expect(tab.leftovers).toBe(0);
  });
});
