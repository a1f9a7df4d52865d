// @vitest-environment node
import type { ContextValues } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { createContext } from "../../src/client/index.ts";
import { createScenario, type Scenario } from "./scenario.ts";

/** The context of each submit. */
function contextsIn({ bff }: Scenario): readonly (ContextValues | undefined)[] {
  return bff.submits.map(({ context }) => context);
}

/** A tab of a page whose values can change. */
function openTab(scenario: Scenario, values: Record<string, unknown>) {
  const { client, tab } = scenario.openTab({ context: createContext("on", () => values as ContextValues) });
  client.open();
  const send = async (text: string, passMs = 12_000) => {
    client.send(text).catch(() => {});
    await scenario.pass(passMs);
  };
  return { client, tab, send };
}

describe("the page's context", () => {
  it("is sent with the first text, then only its changes, also after a reload and from another tab", async () => {
    using scenario = createScenario();
    const values: Record<string, unknown> = { plan: "pro", seats: 3 };
    const first = openTab(scenario, values);
    await first.send("one");
    await first.send("two");
    values.seats = 4;
    await first.send("three");
    const second = openTab(scenario, { plan: "pro", seats: 4 });
    await second.send("four");
    first.client.close();
    second.client.close();
    const reloaded = openTab(scenario, { plan: "free", seats: 4 });
    await reloaded.send("five");
    expect(contextsIn(scenario)).toEqual([
      { plan: "pro", seats: "3" },
      undefined,
      { seats: "4" },
      undefined,
      { plan: "free" },
    ]);
  });

  it("is sent with every attempt of the same text, and not with the texts waiting behind it", async () => {
    using scenario = createScenario();
    const values = { plan: "pro" };
    const { send } = openTab(scenario, values);
    scenario.bff.submitOutcomes.push("refuse", "lost");
    await send("one", 0);
    await send("two", 0);
    values.plan = "free";
    await scenario.pass(60_000);
    expect(scenario.bff.submits.map(({ content, context }) => [content, context])).toEqual([
      ["one", { plan: "pro" }],
      ["one", { plan: "pro" }],
      ["one", { plan: "pro" }],
      ["two", undefined],
    ]);
  });

  it("is sent with the next text if the text that carried it fails", async () => {
    using scenario = createScenario();
    const { client, send } = openTab(scenario, { plan: "pro" });
    scenario.bff.submitOutcomes.push({ status: 400, code: "invalid_request" });
    await send("one");
    expect(client.state.timeline[0]).toMatchObject({ content: "one", state: "failed" });
    await send("two");
    await send("three");
    expect(contextsIn(scenario)).toEqual([{ plan: "pro" }, { plan: "pro" }, undefined]);
  });

  it("is sent again in a new conversation", async () => {
    using scenario = createScenario();
    const { client, send } = openTab(scenario, { plan: "pro" });
    await send("one");
    client.reset();
    client.open();
    await send("two");
    expect(contextsIn(scenario)).toEqual([{ plan: "pro" }, { plan: "pro" }]);
  });

  it("waits for a text short enough to fit both", async () => {
    using scenario = createScenario();
    const { send } = openTab(scenario, { plan: "pro" });
    await send("x".repeat(3_900));
    await send("short");
    expect(contextsIn(scenario)).toEqual([undefined, { plan: "pro" }]);
  });

  it("is limited in size and holds only strings", async () => {
    using scenario = createScenario();
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key${index}`, index]));
    const { send } = openTab(scenario, {
      plan: "x".repeat(100_000),
      cart: ["a"],
      owner: { name: "Ada" },
      none: null,
      unset: undefined,
      track: () => {},
      ...many,
    });
    await send("one");
    const [context = {}] = contextsIn(scenario);
    expect(context.plan).toBe("x".repeat(200));
    expect(Object.keys(context)).toHaveLength(20);
    expect(Object.values(context).every((value) => typeof value === "string")).toBe(true);
  });
});
