// @vitest-environment node
import type { VisitorClaims } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import type { ChatClient } from "../../src/client/index.ts";
import { createScenario, type Scenario } from "./scenario.ts";

const EMAIL = { name: "email", required: true } as const;

/** A BFF whose owner requires an email address before the first message. */
function createStrictScenario(): Scenario {
  const scenario = createScenario();
  scenario.bff.config = { ...scenario.bff.config, preChat: { fields: [EMAIL] } };
  return scenario;
}

function textsOnPlatform({ bff }: Scenario): readonly string[] {
  return bff.messages.map(({ content }) => content);
}

function askedOf({ state }: ChatClient): readonly string[] {
  return state.asked.map(({ name, isRefused }) => (isRefused ? `${name} again` : name));
}

describe("a field that the owner asks for", () => {
  it("holds a text back until the visitor answers, then sends it", async () => {
    using scenario = createStrictScenario();
    const { client } = scenario.openTab();
    client.open();
    await scenario.pass(200);
    const sent = client.send("Hello");
    await scenario.pass(60_000);
    expect(scenario.bff.submits).toEqual([]);
    expect(client.state.timeline).toMatchObject([{ content: "Hello", state: "waiting" }]);
    expect(client.state.asked).toEqual([{ ...EMAIL, isRefused: false }]);
    client.identify({ email: "josé@example.com" });
    expect(askedOf(client)).toEqual([]);
    await scenario.pass(200);
    expect((await sent).content).toBe("Hello");
    expect(scenario.bff.submits.map(({ visitor }) => visitor)).toEqual([{ email: "josé@example.com" }]);
  });

  it("is requested if the BFF refuses the page's text without it before the panel was opened", async () => {
    using scenario = createStrictScenario();
    const { client } = scenario.openTab();
    void client.send("Hello");
    await scenario.pass(60_000);
    expect(scenario.bff.submits).toHaveLength(1);
    expect(client.state.timeline).toMatchObject([{ content: "Hello", state: "waiting", failure: null }]);
    expect(askedOf(client)).toEqual(["email again"]);
    client.identify({ name: "Ada", email: "nobody" });
    await scenario.pass(60_000);
    expect(askedOf(client)).toEqual(["email again"]);
    client.identify({ email: "ada@example.com" });
    await scenario.pass(200);
    expect(textsOnPlatform(scenario)).toEqual(["Hello"]);
  });

  it("is requested again in the next conversation only", async () => {
    using scenario = createStrictScenario();
    const { client } = scenario.openTab();
    client.open();
    client.identify({ email: "ada@example.com" });
    void client.send("One");
    await scenario.pass(200);
    client.reset();
    expect(askedOf(client)).toEqual(["email"]);
    client.open();
    client.identify({ email: "ben@example.com" });
    void client.send("Two");
    await scenario.pass(500);
    expect(textsOnPlatform(scenario)).toEqual(["One", "Two"]);
    expect(scenario.bff.submits.map(({ visitor }) => visitor?.email)).toEqual([
      "ada@example.com",
      "ben@example.com",
    ]);
  });

  it("is sent with every message, after a reload and from another tab too", async () => {
    using scenario = createStrictScenario();
    const first = scenario.openTab();
    first.client.open();
    first.client.identify({ name: "Ada", email: "ada@example.com", token: "signed" });
    void first.client.send("One");
    await scenario.pass(1_000);
    first.tab.crash();
    const { client } = scenario.openTab();
    client.open();
    await scenario.pass(12_000);
    void client.send("Two");
    await scenario.pass(1_000);
    const ada = { name: "Ada", email: "ada@example.com" };
    // The page supplies a token on each load, so it is not stored.
    expect(scenario.bff.submits.map(({ visitor }) => visitor)).toEqual([{ ...ada, token: "signed" }, ada]);
  });

  it("is requested only after a refused send if the page passed an identity token, which may contain it", async () => {
    using scenario = createStrictScenario();
    const { client } = scenario.openTab();
    client.open();
    client.identify({ token: "signed" });
    await scenario.pass(200);
    expect(askedOf(client)).toEqual([]);
    void client.send("Hello");
    await scenario.pass(200);
    expect(askedOf(client)).toEqual(["email again"]);
    client.identify({ email: "ada@example.com" });
    await scenario.pass(200);
    expect(textsOnPlatform(scenario)).toEqual(["Hello"]);
  });

  it("can be answered in another tab than the sending one", async () => {
    using scenario = createStrictScenario();
    const first = scenario.openTab();
    void first.client.send("Hello");
    await scenario.pass(1_000);
    const { client } = scenario.openTab();
    await scenario.pass(1_000);
    expect(askedOf(client)).toEqual(["email again"]);
    client.identify({ email: "ada@example.com" });
    await scenario.pass(1_000);
    expect(textsOnPlatform(scenario)).toEqual(["Hello"]);
    expect(askedOf(first.client)).toEqual([]);
  });

  it("does not block an existing session", async () => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    client.open();
    void client.send("One");
    await scenario.pass(200);
    scenario.bff.config = { ...scenario.bff.config, preChat: { fields: [EMAIL] } };
    await scenario.pass(120_000);
    void client.send("Two");
    await scenario.pass(200);
    expect(textsOnPlatform(scenario)).toEqual(["One", "Two"]);
  });
});

describe("an identity token that is not valid", () => {
  it("does not block a message: it is sent without the token, and the page receives an error", async () => {
    using scenario = createScenario();
    scenario.bff.submitOutcomes.push({ status: 401, code: "identity_invalid" });
    const { client } = scenario.openTab();
    client.identify({ name: "Ada", token: "expired" });
    void client.send("One");
    await scenario.pass(200);
    void client.send("Two");
    await scenario.pass(200);
    expect(textsOnPlatform(scenario)).toEqual(["One", "Two"]);
    expect(scenario.bff.submits.map(({ visitor }) => visitor?.token)).toEqual([
      "expired",
      undefined,
      undefined,
    ]);
    expect(client.state.isIdentityRefused).toBe(true);
    client.identify({ token: "new" });
    expect(client.state.isIdentityRefused).toBe(false);
    void client.send("Three");
    await scenario.pass(200);
    expect(scenario.bff.submits.at(-1)?.visitor).toEqual({ name: "Ada", token: "new" });
  });

  it.each([
    { kind: "a number", token: 5 },
    { kind: "an object", token: { alg: "none" } },
    { kind: "a text that is too long", token: "t".repeat(8193) },
  ])("is no reason to refuse a text where the page gives what cannot be one: $kind", async ({ token }) => {
    using scenario = createScenario();
    const { client } = scenario.openTab();
    client.identify({ name: "Ada", token: token as string });
    client.identify(undefined as unknown as VisitorClaims);
    expect(client.state.isIdentityRefused).toBe(true);
    void client.send("Hello");
    await scenario.pass(1_000);
    expect(scenario.bff.submits.map(({ visitor }) => visitor)).toEqual([{ name: "Ada" }]);
  });

  it("uses up no attempt, since the text has not reached the platform", async () => {
    using scenario = createStrictScenario();
    scenario.bff.submitOutcomes.push({ status: 401, code: "identity_invalid" });
    const { client } = scenario.openTab();
    client.identify({ token: "expired" });
    void client.send("Hello");
    await scenario.pass(10_000);
    expect(askedOf(client)).toEqual(["email"]);
    client.identify({ email: "ada@example.com" });
    await scenario.pass(1_000);
    expect(textsOnPlatform(scenario)).toEqual(["Hello"]);
    expect(scenario.bff.submits.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });
});
