// @vitest-environment node
import type { VisitorClaims } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import type { ChatClient } from "../../src/client/index.ts";
import { createScenario, type Scenario } from "./scenario.ts";

const EMAIL = { name: "email", required: true } as const;

/** A BFF whose owner wants an address before the first message. */
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

describe("what the owner asks of a visitor", () => {
  it("holds a text until it is answered, and sends it then", async () => {
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

  it("is asked for when a text of the page's is refused for it, before the panel was opened", async () => {
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

  it("is asked for anew in the next conversation, and by no other than that", async () => {
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
    // The page gives a token anew with each load: it is not kept.
    expect(scenario.bff.submits.map(({ visitor }) => visitor)).toEqual([{ ...ada, token: "signed" }, ada]);
  });

  it("is not asked of a visitor whom an identity token names, unless the token does not say it", async () => {
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

  it("may be answered in another tab than the one that sends", async () => {
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

  it("does not hold up a session that has begun", async () => {
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
  it("refuses no message: it goes out without it, and the page can tell", async () => {
    using scenario = createScenario();
    scenario.bff.fates.push({ status: 401, code: "identity_invalid" });
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

  it("costs no attempt: nothing of the text has gone to the platform, and the BFF need not search for it", async () => {
    using scenario = createStrictScenario();
    scenario.bff.fates.push({ status: 401, code: "identity_invalid" });
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
