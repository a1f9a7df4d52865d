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

function collectNew({ client }: OpenTab): string[] {
  const received: string[] = [];
  client.onMessage(({ content }) => received.push(content));
  return received;
}

describe("what a visitor has read", () => {
  it("stays unread until it is marked as read, also after a reload", async () => {
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

  it("shows the separator before the first unread message, however much history is loaded when the panel opens", async () => {
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

  it("notifies of new messages, but not of history, own messages or known messages", async () => {
    using scenario = createScenario();
    const first = await begin(scenario);
    const received = collectNew(first);
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
    const receivedLater = collectNew(second);
    await scenario.pass(1_000);
    expect(receivedLater).toEqual([]);
    scenario.bff.reply("Now");
    await scenario.pass(100);
    expect(receivedLater).toEqual(["Now"]);
  });

  it("notifies of a message that an open panel marks as read at once", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = collectNew(opened);
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

  it("notifies once of a message that a response contains twice", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = collectNew(opened);
    const message = scenario.bff.reply("One");
    scenario.bff.push({ type: "message", message, cursor: "c1.2" });
    await scenario.pass(100);
    expect(received).toEqual(["One"]);
  });

  it("updates subscribers only a few times for 250 messages at once, and notifies of each message", async () => {
    using scenario = createScenario();
    const opened = await begin(scenario);
    const received = collectNew(opened);
    const updates: number[] = [];
    opened.client.subscribe(({ timeline }) => updates.push(timeline.length));
    const sent = Array.from({ length: 250 }, (_, i) => `Answer ${i}`);
    for (const text of sent) scenario.bff.reply(text);
    expect(textsOf(opened.client)).toEqual(["Hello"]);
    await scenario.pass(100);
    expect(received).toEqual(sent);
    expect(textsOf(opened.client)).toEqual(["Hello", ...sent]);
    expect(updates.at(-1)).toBe(251);
    expect(updates.length).toBeLessThanOrEqual(5);
  });

  it("notifies of the first reply in a new session", async () => {
    using scenario = createScenario();
    const opened = scenario.openTab();
    const received = collectNew(opened);
    void opened.client.send("Hello");
    await scenario.pass(45);
    scenario.bff.reply("An instant answer");
    await scenario.pass(1_000);
    expect(received).toEqual(["An instant answer"]);
  });

  it("reports older messages if the newest page does not reach the beginning", async () => {
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
  it("comes from the configuration, then from the socket", async () => {
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

  it("is requested at intervals while polling", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    scenario.bff.config = { ...scenario.bff.config, status: "away" };
    await scenario.pass(100_000);
    expect(client.state.status).toBe("away");
  });
});

describe("a client", () => {
  it("reports an error thrown by a subscriber and continues", async () => {
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

  it("does nothing after it is closed", async () => {
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

  it("starts nothing after it is closed, even if responses arrive later", async () => {
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

  it("restarts from the newest page if its cursor is refused", async () => {
    using scenario = createScenario();
    scenario.bff.sockets = "refuse";
    const { client } = await begin(scenario);
    await scenario.pass(5_000);
    scenario.bff.refusesCursors = true;
    scenario.bff.reply("Hi");
    await scenario.pass(30_000);
    expect(textsOf(client)).toEqual(["Hello", "Hi"]);
  });

  it("requests the solution of a challenge and sends it with the message", async () => {
    using scenario = createScenario();
    const challenge = { algorithm: "sha-256" };
    scenario.bff.submitOutcomes.push({ status: 403, code: "challenge_required", challenge });
    const { client } = scenario.openTab({ solveChallenge: async (given) => ({ solved: given }) });
    void client.send("Hello");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["Hello"]);
    expect(scenario.bff.submits[1]?.challengeSolution).toEqual({ solved: challenge });
  });
});
