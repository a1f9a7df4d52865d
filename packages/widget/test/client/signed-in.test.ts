// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "../../src/client/outbox.ts";
import { BASE_URL } from "./fake-bff.ts";
import { createScenario, type OpenTab, type Scenario, textsOf } from "./scenario.ts";

const KEY = `mailoo-chat:${BASE_URL}`;

function createSignedInScenario(mode: "token" | "always" = "token"): Scenario {
  const scenario = createScenario();
  scenario.bff.config = { ...scenario.bff.config, visitorSessions: mode };
  return scenario;
}

/** The visitor has written in another browser. */
async function writeElsewhere(scenario: Scenario, visitor: string, content: string): Promise<void> {
  const body = JSON.stringify({
    content,
    clientMessageId: content,
    visitorKey: content,
    visitor: { token: `identity-${visitor}` },
  });
  const { signal } = new AbortController();
  await scenario.bff.answer({ route: "POST /submit", headers: new Headers(), body, signal });
}

async function openSignedIn(scenario: Scenario, visitor: string): Promise<OpenTab> {
  const opened = scenario.openTab();
  opened.client.identify({ token: `identity-${visitor}` });
  opened.client.open();
  await scenario.pass(2_000);
  return opened;
}

function toOutbox({ browser }: Scenario): readonly OutboxEntry[] {
  return [...browser.stored].filter(([key]) => key.includes("#out:")).map(([, value]) => JSON.parse(value));
}

describe("a signed-in visitor", () => {
  it("[VISITOR-1] sees the conversation of another browser, and messages from either appear in both", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "ada", "From the laptop");
    scenario.bff.reply("Answer");
    const { client } = await openSignedIn(scenario, "ada");
    expect(textsOf(client)).toEqual(["From the laptop", "Answer"]);
    expect(client.state).toMatchObject({ hasSession: true, connection: { name: "online" } });
    await writeElsewhere(scenario, "ada", "Live");
    void client.send("From the phone");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["From the laptop", "Answer", "Live", "From the phone"]);
    expect(client.state.timeline.filter(({ author }) => author === "visitor")).toHaveLength(3);
    expect(new Set(scenario.bff.sessions.values())).toEqual(new Set(["s1"]));
  });

  it("[VISITOR-1] continues the conversation on each page", async () => {
    using scenario = createSignedInScenario();
    const first = await openSignedIn(scenario, "ada");
    void first.client.send("Hello");
    await scenario.pass(2_000);
    first.client.close();
    const second = scenario.openTab();
    second.client.identify({ token: "identity-ada" });
    await scenario.pass(2_000);
    expect(textsOf(second.client)).toEqual(["Hello"]);
    expect(scenario.bff.recalls.at(-1)).toMatchObject({ held: "s1" });
  });

  it("requests nothing and stores nothing before the visitor's intent", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "ada", "From the laptop");
    const { client } = scenario.openTab();
    client.identify({ token: "identity-ada" });
    await scenario.pass(10_000);
    expect([scenario.bff.requests, [...scenario.browser.stored]]).toEqual([["POST /submit"], []]);
    client.open();
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["From the laptop"]);
  });

  it("stores nothing without a conversation, and checks for one again before the first message", async () => {
    using scenario = createSignedInScenario();
    const { client } = await openSignedIn(scenario, "ada");
    expect([...scenario.browser.stored]).toEqual([]);
    await writeElsewhere(scenario, "ada", "From the laptop");
    void client.send("From the phone");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["From the laptop", "From the phone"]);
  });

  it("sends into the existing conversation even before anything is loaded", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "ada", "From the laptop");
    const { client } = scenario.openTab();
    client.identify({ token: "identity-ada" });
    void client.send("At once");
    await scenario.pass(3_000);
    expect(textsOf(client)).toEqual(["From the laptop", "At once"]);
  });

  it("[VISITOR-2] keeps a conversation started before sign-in", async () => {
    using scenario = createSignedInScenario();
    const { client } = scenario.openTab();
    client.open();
    void client.send("Before");
    await scenario.pass(2_000);
    client.identify({ token: "identity-ada" });
    await scenario.pass(2_000);
    void client.send("After");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["Before", "After"]);
    expect(scenario.bff.visitorSessions.get("ada")).toBe("s1");
    expect(scenario.bff.requests.filter((request) => request === "WS")).toHaveLength(1);
  });

  it("switches to the existing conversation and takes unsent texts along", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "ada", "From the laptop");
    const { client } = scenario.openTab();
    client.open();
    void client.send("Anonymous");
    await scenario.pass(2_000);
    // This text may have arrived, so it is retried in its own session; the other one waits for it.
    scenario.bff.submitOutcomes.push({ status: 503, code: "upstream_unavailable", retryAfter: 2 });
    void client.send("Tried");
    const waiting = client.send("Waiting");
    await scenario.pass(100);
    client.identify({ token: "identity-ada" });
    await scenario.pass(20_000);
    await waiting;
    expect(textsOf(client)).toEqual(["From the laptop", "Waiting"]);
    const inSession = (session: string) =>
      scenario.bff.submits
        .filter(({ sessionPublicId }) => sessionPublicId === session)
        .map(({ content }) => content);
    expect(inSession("s2")).toEqual(["Tried", "Tried"]);
    expect(inSession("s1")).toEqual(["Waiting"]);
    expect(scenario.bff.messages.filter(({ content }) => content === "Tried")).toHaveLength(1);
    expect(scenario.bff.recalls.map(({ held }) => held)).toEqual(["s2"]);
  });

  it("[VISITOR-3] neither sees nor sends messages of the previous visitor of this browser", async () => {
    using scenario = createSignedInScenario();
    const { client, tab } = await openSignedIn(scenario, "ada");
    void client.send("Ada's");
    await scenario.pass(2_000);
    tab.onLine = false;
    scenario.bff.down = true;
    void client.send("Ada's, unsent").catch(() => {});
    await scenario.pass(60_000);
    client.close();
    scenario.bff.down = false;

    const { client: bobs } = await openSignedIn(scenario, "bob");
    expect(bobs.state).toMatchObject({ timeline: [], hasSession: false });
    expect([...scenario.browser.stored]).toEqual([]);
    void bobs.send("Bob's");
    await scenario.pass(2_000);
    expect(textsOf(bobs)).toEqual(["Bob's"]);
    bobs.close();
    expect(textsOf((await openSignedIn(scenario, "ada")).client)).toEqual(["Ada's"]);
    expect(scenario.bff.messages.map(({ content }) => content)).toEqual(["Ada's", "Bob's"]);
  });

  it("[VISITOR-3] does not send the previous visitor's first text, even if it is in flight", async () => {
    using scenario = createSignedInScenario();
    const { client } = await openSignedIn(scenario, "ada");
    scenario.bff.down = true;
    void client.send("Ada's first").catch(() => {});
    await scenario.pass(3_000);
    expect(toOutbox(scenario)).toMatchObject([{ failure: null }]);
    client.close();
    scenario.bff.down = false;
    const { client: bobs } = await openSignedIn(scenario, "bob");
    await scenario.pass(30_000);
    expect(bobs.state.timeline).toEqual([]);
    expect(scenario.bff.messages).toEqual([]);
  });

  it("resumes a first text that was attempted before a reload", async () => {
    using scenario = createSignedInScenario();
    const { client } = await openSignedIn(scenario, "ada");
    scenario.bff.submitOutcomes.push("lost", "refuse");
    void client.send("Once").catch(() => {});
    await scenario.pass(1_000);
    client.close();
    const { client: next } = await openSignedIn(scenario, "ada");
    await scenario.pass(60_000);
    expect(next.state.timeline).toMatchObject([{ content: "Once", state: "sent" }]);
    expect(scenario.bff.messages).toHaveLength(1);
  });

  it("[VISITOR-3] gets their own conversation after another visitor on an open page", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "bob", "Bob's");
    const { client } = await openSignedIn(scenario, "ada");
    void client.send("Ada's");
    await scenario.pass(2_000);
    client.identify({ token: "identity-bob" });
    void client.send("Bob again");
    await scenario.pass(3_000);
    expect(textsOf(client)).toEqual(["Bob's", "Bob again"]);
    expect(scenario.bff.visitorSessions.get("bob")).toBe("s1");
  });

  it("leaves no conversation behind after sign-out, while guests keep theirs", async () => {
    using scenario = createSignedInScenario();
    const guest = scenario.openTab().client;
    guest.open();
    void guest.send("A guest's");
    await scenario.pass(2_000);
    guest.identify(null);
    await scenario.pass(2_000);
    expect(textsOf(guest)).toEqual(["A guest's"]);
    guest.reset();

    const { client } = await openSignedIn(scenario, "ada");
    void client.send("Ada's");
    await scenario.pass(2_000);
    const other = scenario.openTab().client;
    await scenario.pass(2_000);
    expect(textsOf(other)).toEqual(["Ada's"]);
    client.identify(null);
    await scenario.pass(2_000);
    for (const { state } of [client, other]) expect(state).toMatchObject({ timeline: [], hasSession: false });
    expect([...scenario.browser.stored]).toEqual([]);
  });

  it("is detected as signed out by an application that knows its visitors", async () => {
    using scenario = createSignedInScenario("always");
    scenario.bff.signedIn = "ada";
    const { client } = scenario.openTab();
    client.open();
    void client.send("Ada's");
    await scenario.pass(2_000);
    expect(JSON.parse(scenario.browser.stored.get(KEY) ?? "{}")).toMatchObject({ owner: "hash-of-ada" });
    client.close();
    scenario.bff.signedIn = null;
    const next = scenario.openTab().client;
    await scenario.pass(2_000);
    expect(next.state).toMatchObject({ timeline: [], hasSession: false });
    // A guest's conversation is kept.
    next.open();
    void next.send("A guest's");
    await scenario.pass(2_000);
    next.close();
    const last = scenario.openTab().client;
    await scenario.pass(2_000);
    expect(textsOf(last)).toEqual(["A guest's"]);
  });

  it("ends the previous conversation on all devices by starting another", async () => {
    using scenario = createSignedInScenario();
    const { client } = await openSignedIn(scenario, "ada");
    void client.send("First");
    await scenario.pass(2_000);
    client.startNew();
    client.open();
    void client.send("Second");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["Second"]);
    expect(scenario.bff.recalls.filter(({ leave }) => leave)).toMatchObject([{ held: "s1" }]);
    expect(scenario.bff.visitorSessions.get("ada")).toBe("s2");
  });

  it("stays signed in in all tabs after ending the conversation in one, and in none after sign-out", async () => {
    using scenario = createSignedInScenario();
    const { client: ending } = await openSignedIn(scenario, "ada");
    const { client: other } = await openSignedIn(scenario, "ada");
    void ending.send("First");
    await scenario.pass(2_000);
    ending.startNew();
    await scenario.pass(2_000);
    expect(textsOf(other)).toEqual([]);
    void other.send("Second");
    await scenario.pass(3_000);
    expect(scenario.bff.submits.at(-1)).toMatchObject({ visitor: { token: "identity-ada" } });
    expect(scenario.bff.visitorSessions.get("ada")).toBe("s2");
    expect(textsOf(ending)).toEqual(["Second"]);

    ending.reset();
    await scenario.pass(2_000);
    expect([...scenario.browser.stored]).toEqual([]);
    other.startNew();
    void other.send("A guest's");
    await scenario.pass(3_000);
    expect(scenario.bff.submits.at(-1)?.visitor).toEqual({});
    expect(textsOf(other)).toEqual(["A guest's"]);
  });

  it("is not blocked by a refused identity or by a BFF that cannot look up the conversation", async () => {
    using scenario = createSignedInScenario();
    const { client } = scenario.openTab();
    client.open();
    client.identify({ token: "expired" });
    void client.send("All the same");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["All the same"]);
    expect(client.state).toMatchObject({ isIdentityRefused: true, timeline: [{ state: "sent" }] });
    scenario.bff.recallFails = true;
    client.identify({ token: "identity-ada" });
    void client.send("Later");
    await scenario.pass(60_000);
    expect(client.state.timeline.at(-1)).toMatchObject({ content: "Later", state: "sent" });
    expect(scenario.bff.recalls.length).toBeLessThan(10);
    scenario.bff.recallFails = false;
    await scenario.pass(60_000);
    expect(scenario.bff.visitorSessions.get("ada")).toBe("s1");
  });

  it("[VISITOR-3] sees nothing of another visitor while the BFF cannot look up the conversation", async () => {
    using scenario = createSignedInScenario();
    const { client } = await openSignedIn(scenario, "ada");
    void client.send("Ada's");
    await scenario.pass(2_000);
    client.close();
    scenario.bff.recallFails = true;
    const { client: bobs } = await openSignedIn(scenario, "bob");
    void bobs.send("Bob's");
    await scenario.pass(60_000);
    expect(textsOf(bobs)).toEqual(["Bob's"]);
    expect(toOutbox(scenario)).toMatchObject([{ content: "Bob's", attempt: 0, failure: null }]);
    scenario.bff.recallFails = false;
    await scenario.pass(60_000);
    expect(bobs.state.timeline).toMatchObject([{ content: "Bob's", state: "sent" }]);
    expect([...scenario.bff.visitorSessions]).toEqual([
      ["ada", "s1"],
      ["bob", "s2"],
    ]);
  });

  it("is not restored by a response that arrives after sign-out", async () => {
    using scenario = createSignedInScenario();
    await writeElsewhere(scenario, "ada", "From the laptop");
    const { client } = scenario.openTab();
    client.identify({ token: "identity-ada" });
    client.open();
    while (!scenario.bff.requests.includes("POST /session")) await scenario.pass(1);
    client.reset();
    await scenario.pass(5_000);
    expect([client.state.timeline, [...scenario.browser.stored]]).toEqual([[], []]);
  });

  it("requests no session by visitor if the BFF does not keep visitor sessions", async () => {
    using scenario = createScenario();
    const { client } = await openSignedIn(scenario, "ada");
    void client.send("Hello");
    await scenario.pass(2_000);
    expect(textsOf(client)).toEqual(["Hello"]);
    expect(scenario.bff.recalls).toEqual([]);
  });
});
