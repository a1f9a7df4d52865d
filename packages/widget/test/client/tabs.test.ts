// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createChatClient } from "../../src/client/create-headless-client.ts";
import { BASE_URL } from "./fake-bff.ts";
import type { FakeTabOptions } from "./fake-browser.ts";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

async function openTabs(scenario: Scenario, count: number, options?: FakeTabOptions): Promise<OpenTab[]> {
  const tabs = Array.from({ length: count }, () => scenario.openTab(options));
  await scenario.pass(100);
  return tabs;
}

describe.each([
  { kind: "with Web Locks", options: {} },
  { kind: "on plain http", options: { locks: false } },
])("several tabs $kind", ({ options }) => {
  it("share one session if two send their first text at the same time", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 2, options);
    const sent = tabs.map(({ client }, i) => client.send(`From tab ${i}`));
    await scenario.pass(2_000);
    await Promise.all(sent);
    expect(scenario.bff.sessions.size).toBe(1);
    for (const { client } of tabs) {
      expect([...textsOf(client)].sort()).toEqual(["From tab 0", "From tab 1"]);
      expect(client.state.timeline.every(({ state }) => state === "sent")).toBe(true);
    }
  });

  it("share one socket and show the same messages", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 4, options);
    void tabs[0]?.client.send("Hello");
    await scenario.pass(1_000);
    void tabs[2]?.client.send("From another tab");
    scenario.bff.reply("Hi");
    await scenario.pass(1_000);
    const late = scenario.openTab(options);
    await scenario.pass(1_000);
    expect(scenario.bff.openSockets).toBe(1);
    for (const { client } of [...tabs, late]) {
      expect([...textsOf(client)].sort()).toEqual(["From another tab", "Hello", "Hi"]);
      expect(client.state.connection).toEqual({ name: "online", transport: "socket" });
      expect(client.state.unread).toBe(1);
    }
    tabs[1]?.client.markRead();
    await scenario.pass(200);
    for (const { client } of [...tabs, late]) expect(client.state.unread).toBe(0);
  });

  it("notify once of each message", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 3, options);
    const received: string[] = [];
    for (const { client } of tabs) client.onMessage(({ content }) => received.push(content));
    void tabs[0]?.client.send("Hello");
    await scenario.pass(1_000);
    scenario.bff.reply("Hi");
    await scenario.pass(1_000);
    expect(received).toEqual(["Hi"]);
  });

  for (const way of ["pagehide", "crash", "hang"] as const) {
    const withinMs = way === "pagehide" ? 2_000 : 6_000;
    it(`elect a new leader ${withinMs / 1000} s after the old one's ${way}`, async () => {
      using scenario = createScenario();
      const tabs = await openTabs(scenario, 3, options);
      void tabs[0]?.client.send("Hello");
      await scenario.pass(12_000);
      const [leader] = tabs;
      if (way === "pagehide") leader?.tab.fire("pagehide");
      else leader?.tab[way]();
      scenario.bff.drop(1006);
      await scenario.pass(withinMs);
      scenario.bff.reply("Hi");
      await scenario.pass(500);
      for (const { client } of tabs.slice(1)) {
        expect(textsOf(client)).toEqual(["Hello", "Hi"]);
        expect(client.state.connection).toEqual({ name: "online", transport: "socket" });
      }
      expect(scenario.bff.openSockets).toBe(1);
    });
  }

  it("miss nothing if the new leader has received the newest message but not earlier ones", async () => {
    using scenario = createScenario();
    const [leader] = await openTabs(scenario, 1, options);
    void leader?.client.send("Hello");
    await scenario.pass(12_000);
    scenario.bff.reply("Hi");
    await scenario.pass(19);
    const { client } = scenario.openTab(options);
    await scenario.pass(1);
    leader?.tab.crash();
    await scenario.pass(6_000);
    expect(textsOf(client)).toEqual(["Hello", "Hi"]);
  });

  it("stay in sync as two clients in one window, without storage events", async () => {
    using scenario = createScenario();
    const [{ tab, client: first }] = (await openTabs(scenario, 1, options)) as [OpenTab];
    void first.send("Hello");
    await scenario.pass(1_000);
    const second = createChatClient({ baseUrl: BASE_URL, window: tab.window });
    await scenario.pass(1_000);
    const sent = second.send("From the second");
    await scenario.pass(1_000);
    await expect(sent).resolves.toMatchObject({ content: "From the second" });
    scenario.bff.reply("Hi");
    await scenario.pass(100);
    for (const client of [first, second]) {
      expect(textsOf(client)).toEqual(["Hello", "From the second", "Hi"]);
    }
    second.markRead();
    await scenario.pass(200);
    expect(first.state.unread).toBe(0);
    second.reset();
    await scenario.pass(200);
    expect(first.state).toMatchObject({ timeline: [], hasSession: false });
    expect(scenario.browser.stored.size).toBe(0);
    second.close();
  });

  it("prefer a visible leader, since hidden tabs poll rarely", async () => {
    using scenario = createScenario();
    scenario.bff.config = { ...scenario.bff.config, realtime: { ws: null, longPollSeconds: 0 } };
    const tabs = await openTabs(scenario, 3, options);
    void tabs[0]?.client.send("Hello");
    await scenario.pass(12_000);
    for (const [round, place] of [1, 2, 0, 2].entries()) {
      tabs.forEach(({ tab }, i) => {
        tab.hidden = i !== place;
        tab.fire("visibilitychange");
      });
      await scenario.pass(1_000);
      scenario.bff.reply(`Answer ${round}`);
      // A visible tab polls every 3 to 5 s, a hidden one every 15 to 25 s.
      await scenario.pass(6_000);
      expect(textsOf((tabs[place] as OpenTab).client).at(-1)).toBe(`Answer ${round}`);
    }
  });

  it("settle on one leader when a frozen leader resumes", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 2, options);
    void tabs[0]?.client.send("Hello");
    await scenario.pass(12_000);
    tabs[0]?.tab.fire("freeze");
    await scenario.pass(5_000);
    tabs[0]?.tab.fire("resume");
    await scenario.pass(5_000);
    expect(scenario.bff.openSockets).toBe(1);
    scenario.bff.reply("Hi");
    await scenario.pass(500);
    for (const { client } of tabs) expect(textsOf(client)).toEqual(["Hello", "Hi"]);
  });

  it("clear the conversation together", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 3, options);
    void tabs[0]?.client.send("Hello");
    await scenario.pass(1_000);
    tabs[2]?.client.reset();
    await scenario.pass(500);
    for (const { client } of tabs) {
      expect(client.state).toMatchObject({ timeline: [], hasSession: false, connection: { name: "idle" } });
    }
    expect(scenario.bff.openSockets).toBe(0);
    expect(scenario.browser.stored.size).toBe(0);
  });

  it("share the outbox and send each text once", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 3, options);
    void tabs[0]?.client.send("Hello");
    await scenario.pass(12_000);
    scenario.bff.submitOutcomes.push("refuse", "lost", "refuse");
    tabs.forEach(({ client }, i) => void client.send(`Text ${i}`));
    await scenario.pass(200);
    for (const { client } of tabs) expect(client.state.timeline).toHaveLength(4);
    tabs[0]?.tab.fire("pagehide");
    await scenario.pass(30_000);
    for (const { client } of tabs.slice(1)) {
      expect([...textsOf(client)].sort()).toEqual(["Hello", "Text 0", "Text 1", "Text 2"]);
      expect(client.state.timeline.every(({ state }) => state === "sent")).toBe(true);
    }
    expect(scenario.bff.messages).toHaveLength(4);
  });
});

describe("tabs that cannot communicate", () => {
  it("still share one session and send each text once", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 2, { channels: false, locks: false });
    for (const [i, { client }] of tabs.entries()) void client.send(`From tab ${i}`);
    await scenario.pass(30_000);
    expect(scenario.bff.sessions.size).toBe(1);
    expect(scenario.bff.messages).toHaveLength(2);
    for (const { client } of tabs) {
      expect(client.state.timeline.map(({ state }) => state)).toEqual(["sent", "sent"]);
    }
  });

  it("work independently if storage is forbidden", async () => {
    using scenario = createScenario();
    const tabs = await openTabs(scenario, 2, { storage: "throws" });
    for (const [i, { client }] of tabs.entries()) void client.send(`From tab ${i}`);
    await scenario.pass(5_000);
    expect(scenario.bff.sessions.size).toBe(2);
    tabs.forEach(({ client }, i) => {
      expect(client.state.timeline.some(({ content }) => content === `From tab ${i}`)).toBe(true);
      expect(client.state.connection).toEqual({ name: "online", transport: "socket" });
    });
  });
});
