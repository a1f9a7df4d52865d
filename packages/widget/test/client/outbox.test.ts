// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import type { ChatClient, ChatMessage } from "../../src/client/index.ts";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

async function begin(scenario: Scenario): Promise<OpenTab> {
  const opened = scenario.openTab();
  opened.client.open();
  const sent = opened.client.send("Hello");
  await scenario.pass(12_000);
  await sent;
  return opened;
}

function statesOf({ state }: ChatClient): readonly string[] {
  return state.timeline.map((entry) => `${entry.content}: ${entry.state}`);
}

/** The current state of a promise, without waiting for it. */
function watch(promise: Promise<ChatMessage>): { outcome: string } {
  const watched = { outcome: "open" };
  promise.then(
    ({ id }) => {
      watched.outcome = id;
    },
    (error: { code: string }) => {
      watched.outcome = error.code;
    },
  );
  return watched;
}

describe("a text that is sent", () => {
  it("is shown at once, and keeps its key when it is confirmed", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    const sent = watch(client.send("  One\r\nTwo "));
    const [, pending] = client.state.timeline;
    expect(pending).toMatchObject({ content: "One\nTwo", author: "visitor", failure: null });
    await scenario.pass(200);
    const [, confirmed] = client.state.timeline;
    expect(confirmed).toMatchObject({ key: pending?.key, id: "m2", state: "sent" });
    expect(sent.outcome).toBe("m2");
  });

  for (const [text, code] of [
    [" \n ", "empty"],
    ["\u200b\u2800\u{e0041}", "empty"],
    ["x".repeat(4001), "too-long"],
    ["a\0b", "forbidden-character"],
  ] as const) {
    it(`is rejected if it can never be sent: ${code}`, async () => {
      using scenario = createScenario();
      const { client } = await begin(scenario);
      await expect(client.send(text)).rejects.toMatchObject({ code });
      expect(client.state.timeline).toHaveLength(1);
    });
  }

  it("is shown as waiting after a few seconds without a response, until it is sent", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.network.blackhole = true;
    void client.send("Where are you?");
    await scenario.pass(3_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Where are you?: sending"]);
    await scenario.pass(2_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Where are you?: waiting"]);
    scenario.network.blackhole = false;
    await scenario.pass(30_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Where are you?: sent"]);
    expect(scenario.bff.submits).toHaveLength(2);
  });

  it("refers to the newest own message in the platform's order, not to the last confirmed one", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    for (const [text, clockStepMs] of [
      ["Later", 5_000],
      ["Earlier", -2_000],
      ["Last", 5_000],
    ] as const) {
      scenario.bff.clockStepMs = clockStepMs;
      void client.send(text);
      await scenario.pass(1_000);
    }
    expect(textsOf(client)).toEqual(["Hello", "Earlier", "Later", "Last"]);
    expect(scenario.bff.submits.map(({ after }) => after)).toEqual([null, "m1", "m2", "m2"]);
  });

  it("[DELIVERY-2] is sent after the texts written before it, one at a time", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push("refuse", { status: 503, code: "upstream_unavailable" });
    for (const text of ["1", "2", "3", "3", "3"]) void client.send(text);
    await scenario.pass(20_000);
    expect(textsOf(client)).toEqual(["Hello", "1", "2", "3", "3", "3"]);
    expect(scenario.bff.messages.map(({ content }) => content)).toEqual(textsOf(client));
  });

  it("[DELIVERY-1] is on the platform once although two responses were lost, with a reload in between", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    scenario.bff.namesClientMessageIds = false;
    scenario.bff.submitOutcomes.push("lost", "lost");
    void client.send("Once").catch(() => {});
    await scenario.pass(100);
    expect(textsOf(client)).toEqual(["Hello", "Once"]);
    tab.fire("pagehide");
    tab.crash();

    const after = scenario.openTab();
    await scenario.pass(15_000);
    expect(statesOf(after.client)).toEqual(["Hello: sent", "Once: sent"]);
    expect(scenario.bff.messages).toHaveLength(2);
    expect(scenario.bff.submits.slice(1).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(scenario.bff.submits.slice(1).map(({ clientMessageId }) => clientMessageId)).size).toBe(1);
    expect(scenario.bff.submits.slice(1).map(({ after }) => after)).toEqual(["m1", "m1", "m1"]);
  });

  it.each([
    { kind: "with Web Locks", options: {} },
    { kind: "on plain http", options: { locks: false } },
  ])("is shown and sent by the next tab when its own is killed, $kind", async ({ options }) => {
    using scenario = createScenario();
    const { client, tab } = scenario.openTab(options);
    void client.send("Hello");
    await scenario.pass(1_000);
    scenario.network.blackhole = true;
    void client.send("Survivor").catch(() => {});
    await scenario.pass(100);
    tab.crash();
    scenario.network.blackhole = false;
    const after = scenario.openTab(options);
    expect(statesOf(after.client)).toContain("Survivor: sending");
    await scenario.pass(30_000);
    expect(statesOf(after.client)).toEqual(["Hello: sent", "Survivor: sent"]);
  });

  it("is shown once if its echo arrives before the response", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.namesClientMessageIds = false;
    scenario.bff.submitOutcomes.push("lost", "lost");
    const counts = new Set<number>();
    client.subscribe(({ timeline }) => {
      counts.add(timeline.filter(({ content }) => content === "Echo").length);
    });
    void client.send("Echo");
    await scenario.pass(20_000);
    expect([...counts]).toEqual([1]);
    expect(statesOf(client)).toEqual(["Hello: sent", "Echo: sent"]);
  });

  it("fails after many attempts and keeps its content, and later texts are still sent", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push(...Array.from({ length: 8 }, () => ({ status: 500, code: "internal" })));
    const sent = watch(client.send("Unlucky"));
    await scenario.pass(90_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Unlucky: failed"]);
    expect(client.state.timeline[1]?.failure).toBe("internal");
    expect(sent.outcome).toBe("internal");
    void client.send("Lucky");
    await scenario.pass(1_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Lucky: sent", "Unlucky: failed"]);

    client.retry(client.state.timeline[2]?.id ?? "");
    await scenario.pass(1_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Lucky: sent", "Unlucky: sent"]);
    expect(scenario.bff.submits.at(-1)).toMatchObject({ attempt: 9, after: "m1" });
  });

  it("has its own attempt count, regardless of the text before it", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    const trouble = { status: 500, code: "internal" };
    scenario.bff.submitOutcomes.push(...Array.from({ length: 9 }, () => trouble));
    const first = watch(client.send("Unlucky"));
    while (scenario.bff.submits.length < 8) await scenario.pass(100);
    expect(first.outcome).toBe("open");
    client.discard(client.state.timeline[1]?.id ?? "");
    void client.send("Lucky");
    await scenario.pass(60_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Lucky: sent"]);
  });

  it("fails at once if a retry cannot succeed, and can be discarded", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push({ status: 400, code: "invalid_request" });
    const sent = watch(client.send("Never"));
    await scenario.pass(200);
    expect(sent.outcome).toBe("invalid_request");
    client.discard(client.state.timeline[1]?.id ?? "");
    expect(textsOf(client)).toEqual(["Hello"]);
    expect([...scenario.browser.stored.keys()].filter((key) => key.includes("#out"))).toEqual([]);
  });

  it("waits as long as a busy server asks, and the visitor sees a notice", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push({ status: 429, code: "rate_limited", retryAfter: 20 });
    void client.send("Slowly");
    await scenario.pass(1_000);
    expect(client.state.notice).toMatchObject({ kind: "rate-limited" });
    void client.send("And this");
    await scenario.pass(18_000);
    expect(scenario.bff.submits).toHaveLength(2);
    await scenario.pass(5_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Slowly: sent", "And this: sent"]);
    expect(client.state.notice).toBeNull();
  });

  it("waits for the network without using up attempts", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    tab.onLine = false;
    tab.fire("offline");
    scenario.bff.down = true;
    void client.send("Patient");
    await scenario.pass(3_600_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Patient: waiting"]);
    expect(scenario.bff.submits).toHaveLength(1);
    scenario.bff.down = false;
    tab.onLine = true;
    tab.fire("online");
    await scenario.pass(1_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Patient: sent"]);
  });

  it("is kept while the server is unavailable, and sent when it is back", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.down = true;
    scenario.bff.drop(1006);
    await scenario.pass(100);
    void client.send("Patient");
    await scenario.pass(600_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Patient: waiting"]);
    scenario.bff.down = false;
    await scenario.pass(12_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Patient: sent"]);
  });

  it("is no longer sent automatically after six days", async () => {
    using scenario = createScenario();
    const { client, tab } = await begin(scenario);
    scenario.bff.down = true;
    void client.send("Stale").catch(() => {});
    await scenario.pass(100);
    tab.crash();
    scenario.bff.down = false;
    await scenario.pass(7 * 24 * 3_600_000);
    const after = scenario.openTab();
    await scenario.pass(1_000);
    expect(statesOf(after.client)).toEqual(["Hello: sent", "Stale: failed"]);
    expect(scenario.bff.submits).toHaveLength(1);
    // The visitor can still retry it.
    after.client.retry(`${after.client.state.timeline.at(-1)?.id}`);
    await scenario.pass(1_000);
    expect(statesOf(after.client)).toEqual(["Hello: sent", "Stale: sent"]);
  });

  it("is sent although the browser wrongly reports that it is offline", async () => {
    using scenario = createScenario();
    const { client, tab } = scenario.openTab();
    tab.onLine = false;
    client.open();
    void client.send("One");
    await scenario.pass(1_000);
    void client.send("Two");
    await scenario.pass(10_000);
    expect(statesOf(client)).toEqual(["One: sent", "Two: sent"]);
    expect(client.state.notice).toBeNull();
  });

  it("uses another tab's newer token if its own is refused", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push({ status: 401, code: "session_token_invalid" });
    void client.send("Renewed");
    await scenario.pass(10);
    const [key, text] = [...scenario.browser.stored].find(([name]) => !name.includes("#")) ?? ["", ""];
    scenario.browser.stored.set(key, text.replace("token-s1", "token-s1-fresh"));
    await scenario.pass(1_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "Renewed: sent"]);
  });

  it("fails when the session is closed, together with all waiting texts", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    scenario.bff.submitOutcomes.push({ status: 409, code: "session_closed" });
    const sends = [watch(client.send("One")), watch(client.send("Two"))];
    await scenario.pass(1_000);
    expect(statesOf(client)).toEqual(["Hello: sent", "One: failed", "Two: failed"]);
    expect(client.state.notice).toEqual({ kind: "ended", reason: "session-closed" });
    expect(sends.map(({ outcome }) => outcome)).toEqual(["closed", "closed"]);
  });

  it("carries the visitor's name, email and token", async () => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    client.identify({ name: "Ann", email: "ann@example.com" });
    client.identify({ token: "signed" });
    void client.send("Hello");
    await scenario.pass(200);
    expect(scenario.bff.submits[0]?.visitor).toEqual({
      name: "Ann",
      email: "ann@example.com",
      token: "signed",
    });
  });

  it("is not corrupted by a page that gives its arrays a toJSON", async () => {
    using scenario = createScenario();
    const page = Array.prototype as { toJSON?: () => string };
    page.toJSON = () => "corrupted";
    try {
      const { client, tab } = await begin(scenario);
      tab.onLine = false;
      void client.send("[1, 2]").catch(() => {});
      tab.crash();
      scenario.openTab();
      await scenario.pass(1_000);
      expect(scenario.bff.messages.map(({ content }) => content)).toEqual(["Hello", "[1, 2]"]);
    } finally {
      delete page.toJSON;
    }
  });

  for (const [storage, state] of [
    ["throws", "throws"],
    ["full", "is full"],
  ] as const) {
    it(`works in memory if storage ${state}`, async () => {
      using scenario = createScenario();
      const { client } = scenario.openTab({ storage });
      void client.send("Hello");
      await scenario.pass(500);
      scenario.bff.reply("Hi");
      await scenario.pass(500);
      expect(statesOf(client)).toEqual(["Hello: sent", "Hi: sent"]);
      expect(scenario.browser.stored.size).toBe(0);
    });
  }

  it("is sent on a page that has replaced `Array.prototype.at`", async () => {
    using scenario = createScenario();
    const { client } = await begin(scenario);
    const at = vi.spyOn(Array.prototype, "at").mockReturnValue(undefined);
    for (const text of ["One", "Two"]) void client.send(text);
    await scenario.pass(1_000);
    at.mockRestore();
    expect(statesOf(client)).toEqual(["Hello: sent", "One: sent", "Two: sent"]);
  });

  for (const [kind, text] of [
    ["truncated JSON", '{"v":1,"tok'],
    ["data of another version", '{"v":99,"session":{"id":1}}'],
    ["a list", "[1,2]"],
  ] as const) {
    it(`starts a new session if storage holds ${kind}`, async () => {
      using scenario = createScenario();
      scenario.browser.stored.set("mailoo-chat:https://chat.example.com/api/v1/webhooks/chat", text);
      const { client } = scenario.openTab();
      void client.send("Hello");
      await scenario.pass(500);
      expect(statesOf(client)).toEqual(["Hello: sent"]);
      expect(client.state.connection).toEqual({ name: "online", transport: "socket" });
    });
  }
});
