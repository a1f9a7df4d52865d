// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

async function begin(scenario: Scenario): Promise<OpenTab> {
  const opened = scenario.openTab();
  opened.client.open();
  void opened.client.send("Hello");
  await scenario.pass(1_000);
  return opened;
}

function hear({ client }: OpenTab): string[] {
  const received: string[] = [];
  client.onMessage(({ content }) => received.push(content));
  return received;
}

describe("what a visitor has read", () => {
  it("is unread until it is marked, also after a reload", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    scenario.bff.reply("One");
    scenario.bff.reply("Two");
    await scenario.pass(100);
    expect(client.state.unread).toBe(2);
    client.markRead();
    expect(client.state.unread).toBe(0);
    scenario.bff.reply("Three");
    await scenario.pass(100);
    tab.fire("pagehide");
    tab.crash();
    const { client: after } = scenario.openTab();
    await scenario.pass(1_000);
    expect(after.state.unread).toBe(1);
  });

  it("has its separator before the first unread message, wherever the history is when the panel opens", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    client.markRead();
    scenario.bff.reply("New");
    scenario.bff.reply("Newer");
    await scenario.pass(100);
    client.open();
    expect(client.state.firstUnreadId).toBe("m2");
    client.markRead();
    expect(client.state.firstUnreadId).toBe("m2");
    scenario.bff.reply("Newest");
    tab.crash();
    const { client: after } = scenario.openTab();
    after.open();
    expect(after.state.firstUnreadId).toBeNull();
    await scenario.pass(6_000);
    expect(after.state.firstUnreadId).toBe("m4");
  });

  it("raises an alarm for news, and none for history, own texts or what was there before", async () => {
    using scenario = createScenario();
    const first = await begin(scenario);
    const received = hear(first);
    scenario.bff.reply("One");
    void first.client.send("Mine");
    await scenario.pass(1_000);
    scenario.bff.push({ type: "message", message: scenario.bff.messages[1], cursor: "c1.3" });
    await scenario.pass(100);
    expect(received).toEqual(["One"]);
    first.tab.fire("pagehide");
    first.tab.crash();

    scenario.bff.reply("While away");
    const second = scenario.openTab();
    const heardLater = hear(second);
    await scenario.pass(1_000);
    expect(heardLater).toEqual([]);
    scenario.bff.reply("Now");
    await scenario.pass(100);
    expect(heardLater).toEqual(["Now"]);
  });

  it("raises the alarm where a panel that is open marks it as read at once", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = hear(opened);
    opened.client.subscribe(({ unread }) => {
      if (unread > 0) opened.client.markRead();
    });
    for (const text of ["One", "Two"]) {
      scenario.bff.reply(text);
      await scenario.pass(1_000);
    }
    scenario.bff.reply("Late", { createdAt: scenario.bff.messages[1]?.createdAt ?? "" });
    await scenario.pass(1_000);
    expect(received).toEqual(["One", "Two", "Late"]);
    expect(opened.client.state.unread).toBe(0);
  });

  it("raises one alarm for a message that comes twice in one answer", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = hear(opened);
    const message = scenario.bff.reply("One");
    scenario.bff.push({ type: "message", message, cursor: "c1.2" });
    await scenario.pass(100);
    expect(received).toEqual(["One"]);
  });

  it("is drawn a few times where 250 messages come at once, and each of them raises its alarm", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = hear(opened);
    const drawn: number[] = [];
    opened.client.subscribe(({ timeline }) => drawn.push(timeline.length));
    const sent = Array.from({ length: 250 }, (_, i) => `Answer ${i}`);
    for (const text of sent) scenario.bff.reply(text);
    expect(textsOf(opened.client)).toEqual(["Hello"]);
    await scenario.pass(100);
    expect(received).toEqual(sent);
    expect(textsOf(opened.client)).toEqual(["Hello", ...sent]);
    expect(drawn.at(-1)).toBe(251);
    expect(drawn.length).toBeLessThanOrEqual(5);
  });

  it("raises the alarm for the first answer of a session that has just begun", async () => {
    using scenario = createScenario();
    const opened = scenario.openTab();
    const received = hear(opened);
    void opened.client.send("Hello");
    await scenario.pass(45);
    scenario.bff.reply("An instant answer");
    await scenario.pass(1_000);
    expect(received).toEqual(["An instant answer"]);
  });

  it("says that older messages exist where the newest page begins later", async () => {
    using scenario = createScenario();
    const { tab } = await begin(scenario);
    for (let i = 0; i < 300; i++) scenario.bff.reply(`Answer ${i}`);
    tab.fire("pagehide");
    tab.crash();
    const { client } = scenario.openTab();
    await scenario.pass(1_000);
    expect(client.state.timeline).toHaveLength(200);
    expect(client.state.truncated).toBe(true);
  });
});

describe("the owner's presence", () => {
  it("is what the configuration says, then what the socket pushes", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    expect(client.state.status).toBe("online");
    scenario.bff.push({ type: "status", status: "away" });
    await scenario.pass(100);
    expect(client.state.status).toBe("away");
    client.open();
    await scenario.pass(100);
    expect(client.state.status).toBe("away");
  });

  it("is asked for now and then while polling", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    scenario.bff.config = { ...scenario.bff.config, status: "away" };
    await scenario.pass(100_000);
    expect(client.state.status).toBe("away");
  });
});

describe("a client", () => {
  it("is told of a listener's mistake and goes on", async () => {
    using scenario = createScenario();
    const reported: unknown[] = [];
    const { reportError } = globalThis;
    globalThis.reportError = (error) => reported.push(error);
    try {
      const opened = scenario.openTab();
      opened.client.subscribe(() => {
        throw new Error("mistake");
      });
      void opened.client.send("Hello");
      await scenario.pass(1_000);
      expect(textsOf(opened.client)).toEqual(["Hello"]);
      expect(reported.length).toBeGreaterThan(0);
    } finally {
      globalThis.reportError = reportError;
    }
  });

  it("does nothing any more when it is closed", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    client.close();
    const { length } = scenario.bff.requests;
    client.open();
    client.retry("nothing");
    await expect(client.send("Too late")).rejects.toMatchObject({ code: "closed" });
    await scenario.pass(60_000);
    expect(scenario.bff.requests).toHaveLength(length);
    expect(tab.leftovers).toBe(0);
  });

  it("starts nothing more after it is closed, whatever answers come then", async () => {
    using scenario = createScenario();
    const { client, tab } = scenario.openTab();
    scenario.bff.down = true;
    client.open();
    await scenario.pass(5);
    client.close();
    client.markRead();
    client.reset();
    await scenario.pass(100);
    expect(tab.leftovers).toBe(0);
  });

  it("begins from the newest page again where its cursor is refused", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    await scenario.pass(5_000);
    scenario.bff.refusesCursors = true;
    scenario.bff.reply("Hi");
    await scenario.pass(30_000);
    expect(textsOf(client)).toEqual(["Hello", "Hi"]);
  });

  it("asks for a challenge's solution and sends it along", async () => {
    using scenario = createScenario();
    const challenge = { algorithm: "sha-256" };
    scenario.bff.fates.push({ status: 403, code: "challenge_required", challenge });
    const { client } = scenario.openTab({ solveChallenge: async (given) => ({ solved: given }) });
    void client.send("Hello");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["Hello"]);
    expect(scenario.bff.submits[1]?.challengeSolution).toEqual({ solved: challenge });
  });
});
