// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import type { ChatClient } from "../../src/client/chat-client.ts";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

/** A new conversation, over whichever transport the network allows. */
async function begin(scenario: Scenario): Promise<OpenTab> {
  const opened = scenario.openTab();
  opened.client.open();
  const sent = opened.client.send("Hello");
  await scenario.pass(500);
  await sent;
  return opened;
}

function transportOf({ state: { connection } }: ChatClient): string {
  return connection.name === "online" ? connection.transport : connection.name;
}

describe("the connection", () => {
  for (const sockets of ["refuse", "hang", "cut"] as const) {
    it(`[FALLBACK-1] delivers a reply within 15 s with socket fault "${sockets}"`, async () => {
      using scenario = createScenario();
      scenario.bff.sockets = sockets;
      const { client } = await begin(scenario);
      scenario.bff.reply("Hi there");
      await scenario.pass(14_000);
      expect(transportOf(client)).toBe("long-poll");
      expect(textsOf(client)).toEqual(["Hello", "Hi there"]);
      scenario.bff.reply("More");
      await scenario.pass(1_000);
      expect(textsOf(client)).toEqual(["Hello", "Hi there", "More"]);
    });
  }

  it("settles on long polls if sockets close as soon as they are ready", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "flap";
    const { client } = await begin(scenario);
    const transports: string[] = [];
    for (let second = 0; second < 600; second++) {
      await scenario.pass(1_000);
      transports.push(transportOf(client));
    }
    // Socket probes become less frequent.
    expect(transports.slice(0, 60)).toContain("long-poll");
    expect(transports.slice(60).filter((name) => name === "long-poll").length).toBeGreaterThan(0.8 * 540);
  });

  it("falls back to plain polls if long polls are cut", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    scenario.bff.polls = "cut";
    const { client } = await begin(scenario);
    await scenario.pass(30_000);
    expect(transportOf(client)).toBe("poll");
    scenario.bff.reply("Hi there");
    await scenario.pass(6_000);
    expect(textsOf(client)).toEqual(["Hello", "Hi there"]);
  });

  it("returns to the socket when it is available again, without losing messages", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    await scenario.pass(5_000);
    expect(transportOf(client)).toBe("long-poll");
    scenario.bff.sockets = "accept";
    for (let i = 0; i < 60; i++) {
      scenario.bff.reply(`Answer ${i}`);
      await scenario.pass(500);
    }
    expect(transportOf(client)).toBe("socket");
    expect(textsOf(client)).toEqual(["Hello", ...Array.from({ length: 60 }, (_, i) => `Answer ${i}`)]);
  });

  it("[DELIVERY-6] recovers within 10 s after a server restart, with all missed messages", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.bff.drop(1012);
    for (let i = 0; i < 250; i++) scenario.bff.reply(`Missed ${i}`);
    expect(transportOf(client)).toBe("socket");
    await scenario.pass(10_500);
    expect(transportOf(client)).toBe("socket");
    expect(textsOf(client)).toHaveLength(251);
    expect(textsOf(client).at(-1)).toBe("Missed 249");
  });

  it("detects a silent socket within 45 s", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.network.blackhole = true;
    await scenario.pass(45_000);
    expect(transportOf(client)).not.toBe("socket");
    scenario.network.blackhole = false;
    scenario.bff.reply("After all");
    await scenario.pass(20_000);
    expect(textsOf(client)).toEqual(["Hello", "After all"]);
  });

  it("detects silence just as soon if the system clock is set back", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.network.blackhole = true;
    await scenario.pass(1_000);
    vi.setSystemTime(Date.now() - 3 * 24 * 60 * 60 * 1000);
    await scenario.pass(45_000);
    expect(transportOf(client)).not.toBe("socket");
  });

  it("keeps receiving if every poll is delayed by 29 s, and is faster if only long polls are", async () => {
    for (const isUp of [() => true, (headers: Headers) => headers.has("Mailoo-Chat-Wait")]) {
      using scenario = createScenario();
      scenario.bff.sockets = "refuse";
      scenario.network.holdBackMs = (route, headers) =>
        route === "GET /messages" && isUp(headers) ? 29_000 : 0;
      const { client } = await begin(scenario);
      scenario.bff.reply("First");
      await scenario.pass(45_000);
      expect(textsOf(client)).toEqual(["Hello", "First"]);
      for (let round = 0; round < 5; round++) {
        scenario.bff.reply(`Round ${round}`);
        await scenario.pass(isUp(new Headers()) ? 65_000 : 10_000);
        expect(textsOf(client).at(-1)).toBe(`Round ${round}`);
        expect(client.state.notice).toBeNull();
      }
    }
  });

  it("uses shorter polls if a proxy cuts long ones", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    // The response never arrives.
    scenario.network.holdBackMs = (_, headers) =>
      Number(headers.get("Mailoo-Chat-Wait")) > 12 ? 10 * 60_000 : 0;
    const { client } = await begin(scenario);
    await scenario.pass(120_000);
    for (let round = 0; round < 20; round++) {
      scenario.bff.reply(`Round ${round}`);
      await scenario.pass(1_000);
      expect(textsOf(client).at(-1)).toBe(`Round ${round}`);
      await scenario.pass(9_000);
    }
  });

  it("keeps receiving if a service worker answers from its cache", async () => {
    using scenario = createScenario();
    scenario.network.prefersCache = true;
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    await scenario.pass(5_000);
    for (let round = 0; round < 5; round++) {
      scenario.bff.reply(`Round ${round}`);
      await scenario.pass(6_000);
      expect(textsOf(client).at(-1)).toBe(`Round ${round}`);
    }
  });

  it("keeps a socket on which pings arrive, and answers them", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    for (let i = 0; i < 10; i++) {
      scenario.bff.push({ type: "ping" });
      await scenario.pass(20_000);
    }
    expect(transportOf(client)).toBe("socket");
    expect(scenario.bff.requests.filter((request) => request === "WS")).toHaveLength(1);
  });

  it("checks the socket at once when the page becomes visible, and keeps a live one", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    await scenario.pass(12_000);
    for (const event of ["online", "visibilitychange", "pageshow"]) {
      tab.fire(event);
      await scenario.pass(1_000);
    }
    expect(scenario.bff.requests.filter((request) => request === "WS")).toHaveLength(1);
    expect(scenario.bff.requests.filter((request) => request === "GET /messages")).toHaveLength(3);

    scenario.network.blackhole = true;
    tab.fire("online");
    await scenario.pass(5_500);
    expect(transportOf(client)).not.toBe("socket");
  });

  it("shows trouble within 10 s, but not an interruption of one second", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      using scenario = createScenario(seed);
      const { client } = await begin(scenario);
      const notices = new Set<string>();
      client.subscribe(({ notice }) => notices.add(notice?.kind ?? "none"));
      await scenario.pass(12_000);
      scenario.bff.down = true;
      scenario.bff.drop(1006);
      await scenario.pass(1_000);
      scenario.bff.down = false;
      await scenario.pass(30_000);
      expect([...notices]).toEqual(["none"]);

      scenario.bff.down = true;
      scenario.bff.drop(1006);
      await scenario.pass(10_000);
      expect(client.state.notice).toEqual({ kind: "offline" });
      scenario.bff.down = false;
      await scenario.pass(20_000);
      expect(client.state.notice).toBeNull();
    }
  });

  it("shows that a first message is not getting through, until it is sent or has failed", async () => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    client.open();
    await scenario.pass(1_000);
    scenario.bff.down = true;
    client.send("Hello").catch(() => {});
    await scenario.pass(10_000);
    expect(client.state.timeline[0]?.state).toBe("waiting");
    expect(client.state.notice).toEqual({ kind: "offline" });
    await scenario.pass(120_000);
    expect(client.state.timeline[0]?.state).toBe("failed");
    expect(client.state.notice).toBeNull();

    client.retry(client.state.timeline[0]?.id ?? "");
    await scenario.pass(10_000);
    expect(client.state.notice).toEqual({ kind: "offline" });
    scenario.bff.down = false;
    await scenario.pass(30_000);
    expect(client.state.timeline[0]?.state).toBe("sent");
    expect(client.state.notice).toBeNull();
  });

  it("reconnects at the time that the server asked for", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.bff.push({ type: "reconnect", afterMs: 4_000 });
    await scenario.pass(3_500);
    expect(client.state.connection).toMatchObject({ name: "waiting", cause: "asked" });
    await scenario.pass(2_500);
    expect(transportOf(client)).toBe("socket");
  });

  it("waits before reconnecting if the server is busy", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.bff.drop(1013);
    await scenario.pass(100);
    expect(client.state.connection).toMatchObject({ name: "waiting", cause: "busy" });
    client.open();
    await scenario.pass(100);
    expect(client.state.connection).toMatchObject({ name: "waiting", cause: "busy" });
  });

  it("retries a refused token once and then ends", async () => {
    using scenario = createScenario();
    scenario.bff.greeting = 4401;
    const { client } = await begin(scenario);
    await scenario.pass(1_000);
    expect(client.state.connection).toEqual({ name: "ended", reason: "token-rejected" });
    expect(client.state.notice).toEqual({ kind: "ended", reason: "token-rejected" });
    expect(scenario.bff.requests.filter((request) => request === "WS")).toHaveLength(2);
  });

  it("ends if a send is refused before any connection was attempted", async () => {
    using scenario = createScenario();
    const first = await begin(scenario);
    first.client.close();
    scenario.bff.greeting = 4401;
    scenario.bff.refusesTokens = true;
    scenario.bff.hasConfig = false;
    const { client } = scenario.openTab();
    const sent = client.send("Still there?");
    await Promise.all([
      expect(sent).rejects.toMatchObject({ code: "session_token_invalid" }),
      scenario.pass(1_000),
    ]);
    expect(client.state.timeline.map(({ state }) => state)).toEqual(["failed"]);
    scenario.bff.hasConfig = true;
    client.open();
    await scenario.pass(10_000);
    expect(client.state.notice).toEqual({ kind: "ended", reason: "token-rejected" });
  });

  for (const [code, reason] of [
    [4404, "session-not-found"],
    [4410, "session-closed"],
  ] as const) {
    it(`ends on ${code}, and starts again after a reset`, async () => {
      using scenario = createScenario();
      scenario.bff.greeting = code;
      const { client } = await begin(scenario);
      expect(client.state.connection).toEqual({ name: "ended", reason });
      await expect(client.send("Anyone?")).rejects.toMatchObject({ code: "closed" });

      scenario.bff.greeting = null;
      client.reset();
      expect(client.state).toMatchObject({ timeline: [], hasSession: false, connection: { name: "idle" } });
      const sent = client.send("Hello again");
      await scenario.pass(500);
      await sent;
      expect(scenario.bff.sessions.size).toBe(2);
    });
  }

  it("closes the socket on pagehide and reconnects on pageshow", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    tab.fire("pagehide");
    await scenario.pass(100);
    expect(scenario.network.sockets).toBe(0);
    scenario.bff.reply("While away");
    tab.fire("pageshow");
    await scenario.pass(500);
    expect(transportOf(client)).toBe("socket");
    expect(textsOf(client)).toEqual(["Hello", "While away"]);
  });

  it("reconnects after a freeze, even if an earlier request is never answered", async () => {
    using scenario = createScenario();
    const { client, tab } = scenario.openTab();
    scenario.network.blackhole = true;
    client.open();
    await scenario.pass(500);
    tab.fire("freeze");
    scenario.network.blackhole = false;
    await scenario.pass(3_600_000);
    tab.fire("resume");
    void client.send("Hello");
    await scenario.pass(5_000);
    expect(client.state).toMatchObject({ connection: { name: "online" }, config: scenario.bff.config });
  });

  it("waits for the network if the browser reports that it is offline", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    tab.onLine = false;
    scenario.bff.down = true;
    tab.fire("offline");
    expect(client.state.connection).toEqual({ name: "offline", attempt: 0 });
    await scenario.pass(20_000);
    scenario.bff.down = false;
    tab.onLine = true;
    tab.fire("online");
    await scenario.pass(300);
    expect(transportOf(client)).toBe("socket");
  });

  it("receives a long backlog in full", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    await scenario.pass(12_000);
    scenario.network.blackhole = true;
    scenario.bff.pageSize = 50;
    for (let i = 0; i < 320; i++) scenario.bff.reply(`Missed ${i}`);
    scenario.bff.drop(1006);
    await scenario.pass(60_000);
    scenario.network.blackhole = false;
    await scenario.pass(20_000);
    expect(textsOf(client)).toEqual(["Hello", ...Array.from({ length: 320 }, (_, i) => `Missed ${i}`)]);
  });

  it("[DELIVERY-4] leaves no gap after a first message if it is cut before the first read", async () => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    scenario.bff.sockets = "hang";
    scenario.bff.polls = "fail";
    client.open();
    void client.send("Hello");
    await scenario.pass(1_000);
    expect(textsOf(client)).toEqual(["Hello"]);
    for (let i = 0; i < 250; i++) scenario.bff.reply(`Missed ${i}`);
    scenario.bff.sockets = "accept";
    scenario.bff.polls = "answer";
    await scenario.pass(60_000);
    expect(textsOf(client)).toEqual(["Hello", ...Array.from({ length: 250 }, (_, i) => `Missed ${i}`)]);
    expect(client.state.truncated).toBe(false);
  });

  it("leaves no timer, listener, channel or socket over 100 rounds", async () => {
    using scenario = createScenario();
    await begin(scenario);
    for (let i = 0; i < 100; i++) {
      const { client, tab } = scenario.openTab();
      client.open();
      await scenario.pass(i % 7 === 0 ? 1_000 : i % 30);
      client.close();
      client.close();
      expect(tab.leftovers).toBe(0);
    }
    await scenario.pass(100);
    expect(scenario.network.sockets).toBe(1);
  });
});
