// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createChatClient } from "../../src/client/create-headless-client.ts";
import { BASE_URL } from "./fake-bff.ts";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

async function begin(scenario: Scenario): Promise<OpenTab> {
  const opened = scenario.openTab();
  void opened.client.send("Hello");
  await scenario.pass(1_000);
  return opened;
}

/** Clears storage as a page does: its own tab receives no storage event. */
function clearStorage({ stored }: Scenario["browser"]): void {
  stored.clear();
}

describe("a page that clears the site's storage", () => {
  for (const transport of ["socket", "long-poll", "poll"] as const) {
    it(`[STORAGE-3] reads the same session that it sends to, by ${transport}`, async () => {
      using scenario = createScenario();
      if (transport !== "socket") scenario.bff.sockets = "refuse";
      if (transport === "poll") scenario.bff.polls = "cut";
      const { client } = await begin(scenario);
      await scenario.pass(20_000);
      clearStorage(scenario.browser);
      const sent = client.send("After");
      expect(textsOf(client)).toEqual(["After"]);
      await scenario.pass(10_000);
      await sent;
      expect([...scenario.bff.sessions.values()]).toEqual(["s1", "s2"]);
      scenario.bff.replyIn("s1", "In the conversation before");
      scenario.bff.replyIn("s2", "Answer");
      await scenario.pass(10_000);
      expect(textsOf(client)).toEqual(["After", "Answer"]);
    });
  }

  it("neither shows nor stores messages of the removed conversation", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    client.subscribe(() => client.markRead());
    clearStorage(scenario.browser);
    scenario.bff.reply("Too late");
    await scenario.pass(1_000);
    expect(client.state).toMatchObject({ timeline: [], hasSession: false, connection: { name: "idle" } });
    expect(scenario.bff.openSockets).toBe(0);
    expect([...scenario.browser.stored.keys()]).toEqual([]);
  });

  it("stops polling for the removed conversation", async () => {
    using scenario = createScenario();
    scenario.bff.config = { ...scenario.bff.config, realtime: { ws: null, longPollSeconds: 0 } };
    const { client } = await begin(scenario);
    await scenario.pass(20_000);
    clearStorage(scenario.browser);
    const { length } = scenario.bff.requests;
    await scenario.pass(60_000);
    expect(scenario.bff.requests.slice(length)).not.toContain("GET /messages");
    expect(client.state).toMatchObject({ timeline: [], notice: null });
  });

  it("settles a text that is being sent", async () => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    const first = client.send("First").then(
      () => "sent",
      ({ code }: { code: string }) => code,
    );
    await scenario.pass(5);
    clearStorage(scenario.browser);
    await scenario.pass(1_000);
    expect(await first).toBe("discarded");
    const second = client.send("Second");
    await scenario.pass(1_000);
    await expect(second).resolves.toMatchObject({ content: "Second" });
  });
});

describe("reset()", () => {
  it("keeps the data of another base URL with the same prefix", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    const other = createChatClient({ baseUrl: `${BASE_URL}-support`, window: tab.window });
    tab.onLine = false;
    void other.send("To support").catch(() => {});
    const alike = () => [...scenario.browser.stored.keys()].filter((key) => key.includes("-support"));
    const before = alike();
    expect(before).toHaveLength(1);
    client.reset();
    expect([...scenario.browser.stored.keys()]).toEqual(before);
    other.close();
  });

  it("removes stored data even if storage is full", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    tab.storageIsFull = true;
    void client.send("No room").catch(() => {});
    client.reset();
    expect(scenario.browser.stored.size).toBe(0);
  });

  it("keeps messages of the previous conversation, still led by another tab, out of the new one", async () => {
    using scenario = createScenario();
    await begin(scenario);
    const second = scenario.openTab();
    await scenario.pass(1_000);
    expect(textsOf(second.client)).toEqual(["Hello"]);
    const shown = new Set<string>();
    second.client.subscribe(() => {
      for (const text of textsOf(second.client)) shown.add(text);
    });
    second.client.reset();
    void second.client.send("Another visitor");
    await scenario.pass(5_000);
    expect([...shown]).toEqual(["Another visitor"]);
    expect(second.client.state.timeline[0]?.state).toBe("sent");
  });

  it("drops a text that was about to be sent, and never sends it in the next visitor's conversation", async () => {
    using scenario = createScenario();
    // Without Web Locks the first text waits until the visitor key has settled.
    const { client } = scenario.openTab({ locks: false });
    client.open();
    await scenario.pass(500);
    client.send("Of the visitor before").catch(() => {});
    while (![...scenario.browser.stored.values()].join().includes("visitorKey")) await scenario.pass(1);
    client.reset();
    void client.send("Of the next visitor");
    await scenario.pass(5_000);
    expect(textsOf(client)).toEqual(["Of the next visitor"]);
    expect(scenario.bff.submits.map(({ content }) => content)).toEqual(["Of the next visitor"]);
  });
});
