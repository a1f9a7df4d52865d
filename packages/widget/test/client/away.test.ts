// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createScenario } from "./scenario.ts";

const HOUR_MS = 60 * 60_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const NOTHING = { text: null, link: null };

describe("while the owner is away", () => {
  it("the configuration is reloaded only when the office opens or closes", async () => {
    using scenario = createScenario();
    const { bff } = scenario;
    bff.config = { ...bff.config, away: { ...NOTHING, from: inHours(2), backAt: inHours(16) } };
    const configs = () => bff.requests.filter((request) => request.includes("config")).length;
    const { client } = scenario.openTab();
    client.open();
    await scenario.pass(1.9 * HOUR_MS);
    expect(configs()).toBe(1);
    bff.config = { ...bff.config, status: "away", away: { ...NOTHING, backAt: inHours(14.1) } };
    await scenario.pass(0.2 * HOUR_MS);
    expect([configs(), client.state.status]).toEqual([2, "away"]);
    await scenario.pass(13 * HOUR_MS);
    expect(configs()).toBe(2);
    bff.config = { ...bff.config, status: "online", away: { ...NOTHING, backAt: null } };
    await scenario.pass(1.2 * HOUR_MS);
    expect([configs(), client.state.status]).toEqual([3, "online"]);
    await scenario.pass(100 * HOUR_MS);
    expect(configs()).toBe(3);
  });

  it("a pushed status outlasts the conversation, even if a cache holds an older one", async () => {
    using scenario = createScenario();
    const { bff } = scenario;
    bff.config = { ...bff.config, status: "away" };
    const { client } = scenario.openTab();
    client.open();
    void client.send("Hello");
    await scenario.pass(5_000);
    bff.push({ type: "status", status: "online" });
    await scenario.pass(1_000);
    expect(client.state.status).toBe("online");
    client.startNew();
    client.open();
    await scenario.pass(1_000);
    expect(client.state).toMatchObject({ hasSession: false, status: "online" });
    await scenario.pass(60_000);
    client.open();
    await scenario.pass(1_000);
    expect(client.state.status).toBe("away");
  });

  it("an email address declined in one tab is not requested in another", async () => {
    using scenario = createScenario();
    const { bff } = scenario;
    bff.config = { ...bff.config, status: "away", away: { ...NOTHING, backAt: null, email: "optional" } };
    const { client } = scenario.openTab();
    client.open();
    await scenario.pass(200);
    expect(client.state.awayEmail).toBe("optional");
    client.declineEmail();
    void client.send("Hello");
    await scenario.pass(200);
    const other = scenario.openTab().client;
    other.open();
    await scenario.pass(200);
    expect(other.state.timeline).toMatchObject([{ content: "Hello" }]);
    expect(other.state.awayEmail).toBeUndefined();
    other.identify({ email: "ann@example.com" });
    void other.send("After all");
    await scenario.pass(200);
    expect(bff.submits.at(-1)?.visitor).toMatchObject({ email: "ann@example.com" });
  });
});
