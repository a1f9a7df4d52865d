import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, test } from "vitest";
import { createVisitor } from "../src/headless-visitor.ts";
import { startFaultProxy } from "../src/network/fault-proxy.ts";
import { startBff } from "../src/servers/start-bff.ts";

const ORIGIN = "http://localhost:5173";

const LINES = [
  { roundTripMs: 800, bytesPerSecond: 8_000 },
  { roundTripMs: 1_600, bytesPerSecond: 3_000 },
];

describe.concurrent("over a slow line", () => {
  for (const upgrades of ["pass", "are refused"] as const) {
    test.for(LINES)(
      `[DELIVERY-3] a long history and a reply arrive if upgrades ${upgrades}: $roundTripMs ms, $bytesPerSecond bytes/s`,
      { timeout: 180_000 },
      async ({ roundTripMs, bytesPerSecond }, { expect }) => {
        await using sandbox = await startSandbox();
        await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN] });
        await using network = await startFaultProxy(bff.port);
        const baseUrl = bff.baseUrl.replace(bff.url, network.url);
        const realtime = upgrades === "pass" ? {} : { ws: null };
        using before = createVisitor({ baseUrl, origin: ORIGIN, realtime });
        before.client.open();
        await before.client.send("Hello");
        before.client.close();
        const session = sandbox.sessions()[0]?.publicId ?? "";
        sandbox.addMessages(session, 190, { content: `Message {n}.${" Lorem ipsum.".repeat(15)}` });
        const truth = () => sandbox.messages(session).map(({ content }) => content);

        await network.set({ name: "slow-line", roundTripMs, bytesPerSecond });
        const accepted = network.accepted;
        using visitor = createVisitor({ baseUrl, origin: ORIGIN, realtime, storage: before.storage });
        await expect.poll(visitor.confirmed, { timeout: 60_000 }).toEqual(truth());
        sandbox.reply(session, "Still there?");
        await expect.poll(visitor.confirmed, { timeout: 30_000 }).toEqual(truth());
        expect(network.accepted - accepted).toBeLessThanOrEqual(6);
      },
    );
  }
});
