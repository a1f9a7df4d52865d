// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../../src/client/index.ts";
import { createFakeNetwork } from "./fake-network.ts";
import { createRandom, createScenario, type OpenTab } from "./scenario.ts";

/** Set `PROPERTY_RUNS=2000` for a longer search. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 100);

/** Events that may happen to a visitor, one after the other. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constant("send" as const), tab: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant("reply" as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 9_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("drop" as const), code: fc.constantFrom(1001, 1006, 1012) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("outcome" as const),
      outcome: fc.constantFrom("lost" as const, "refuse" as const, { status: 503, code: "overloaded" }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("blackhole" as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("reload" as const), tab: fc.nat(2), politely: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("sockets" as const),
      sockets: fc.constantFrom("accept" as const, "refuse" as const, "hang" as const, "cut" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("polls" as const),
      polls: fc.constantFrom("answer" as const, "cut" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("names" as const), named: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("hide" as const), tab: fc.nat(2) }) },
);

describe("the delivery promise", () => {
  it("[DELIVERY-3] [DELIVERY-1] holds through random drops, lost responses, reloads and tabs: every message once and in order, both ways", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.integer(),
        fc.boolean(),
        async (steps, seed, locks) => {
          using scenario = createScenario(seed);
          const { bff, pass } = scenario;
          const latency = createRandom(seed + 1);
          const network = createFakeNetwork(bff, () => 1 + 300 * latency() ** 4);
          const open = () => {
            const opened = scenario.openTab({ fetch: network.fetch, WebSocket: network.WebSocket, locks });
            const counted: OpenTab & { duplicates: number } = { ...opened, duplicates: 0 };
            opened.client.subscribe(({ timeline }) => {
              const contents = timeline.map(({ content }) => content);
              if (new Set(contents).size < contents.length) counted.duplicates++;
            });
            return counted;
          };
          const tabs = [open(), open(), open()];
          const written: string[] = [];
          const outcomes: Promise<ChatMessage>[] = [];
          let replies = 0;

          for (const event of steps) {
            const tab = "tab" in event ? tabs[event.tab] : undefined;
            switch (event.act) {
              case "send": {
                const text = `Text ${written.length}`;
                written.push(text);
                const sent = tab?.client.send(text);
                sent?.catch(() => {});
                if (sent) outcomes.push(sent);
                break;
              }
              case "reply":
                if (bff.messages.length)
                  for (let i = 0; i < event.times; i++) bff.reply(`Reply ${replies++}`);
                break;
              case "pass":
                await pass(event.ms);
                break;
              case "drop":
                bff.drop(event.code);
                break;
              case "outcome":
                bff.submitOutcomes.push(event.outcome);
                break;
              case "blackhole":
                network.blackhole = true;
                await pass(event.ms);
                network.blackhole = false;
                break;
              case "reload":
                if (!tab) break;
                if (event.politely) tab.tab.fire("pagehide");
                tab.tab.crash();
                tabs[event.tab] = open();
                break;
              case "sockets":
                bff.sockets = event.sockets;
                break;
              case "polls":
                bff.polls = event.polls;
                break;
              case "names":
                bff.namesClientMessageIds = event.named;
                break;
              case "hide":
                if (tab) tab.tab.hidden = !tab.tab.hidden;
            }
            await pass(1);
          }
          bff.sockets = "accept";
          bff.polls = "answer";
          bff.submitOutcomes.length = 0;
          const isDone = () =>
            bff.messages.filter(({ author }) => author === "visitor").length === written.length &&
            tabs.every(({ client }) => client.state.timeline.every(({ state }) => state === "sent")) &&
            tabs.every(({ client }) => client.state.timeline.length === bff.messages.length);
          for (let i = 0; i < 40 && !isDone(); i++) await pass(5_000);

          const platform = bff.messages.map(({ id }) => id);
          const own = bff.messages.filter(({ author }) => author === "visitor").map(({ content }) => content);
          expect([...own].sort()).toEqual([...written].sort());
          expect(bff.sessions.size).toBeLessThanOrEqual(1);
          for (const { client, duplicates } of tabs) {
            expect(client.state.timeline.map(({ id }) => id)).toEqual(platform);
            expect(duplicates).toBe(0);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
