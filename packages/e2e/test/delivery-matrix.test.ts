import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, test } from "vitest";
import { createVisitor } from "../src/headless-visitor.ts";
import { type FaultProxy, startFaultProxy } from "../src/network/fault-proxy.ts";
import type { NetworkFault } from "../src/network/network-fault.ts";
import { startBff } from "../src/servers/start-bff.ts";

const ORIGIN = "http://localhost:5173";

const TRANSPORTS = [
  { transport: "socket", realtime: {} },
  { transport: "long-poll", realtime: { ws: null } },
  { transport: "poll", realtime: { ws: null, longPollSeconds: 0 } },
] as const;

const UPSTREAMS = ["ws", "poll"] as const;

/** Faults of either leg, while both sides keep writing. */
const FAULTS: readonly { readonly leg: "visitor" | "platform"; readonly fault: NetworkFault | "cut" }[] = [
  { leg: "visitor", fault: "cut" },
  { leg: "platform", fault: "cut" },
  { leg: "visitor", fault: { name: "refuse" } },
  { leg: "platform", fault: { name: "refuse" } },
  { leg: "visitor", fault: { name: "reset" } },
  { leg: "platform", fault: { name: "reset" } },
  { leg: "visitor", fault: { name: "blackhole", direction: "to-client" } },
  { leg: "platform", fault: { name: "blackhole", direction: "to-client" } },
  { leg: "visitor", fault: { name: "blackhole", direction: "to-server" } },
  { leg: "platform", fault: { name: "delay", delayMs: 100 } },
  { leg: "visitor", fault: { name: "throttle", bytesPerSecond: 4_000 } },
];

describe.concurrent("[DELIVERY-3] [DELIVERY-1] every message exactly once and in order", () => {
  const cells = TRANSPORTS.flatMap((row) => UPSTREAMS.map((upstream) => ({ ...row, upstream })));

  test.for(cells)(
    "by $transport over $upstream, despite faults on both legs",
    { timeout: 120_000 },
    async ({ transport, realtime, upstream }, { expect }) => {
      await using sandbox = await startSandbox();
      await using platformLeg = await startFaultProxy(sandbox.port);
      await using bff = await startBff({
        platformUrl: platformLeg.url,
        allowedOrigins: [ORIGIN],
        env: { MAILOO_CHAT_UPSTREAM: upstream },
      });
      await using visitorLeg = await startFaultProxy(bff.port);
      using visitor = createVisitor({
        baseUrl: bff.baseUrl.replace(bff.url, visitorLeg.url),
        origin: ORIGIN,
        realtime,
      });
      const { client } = visitor;
      client.open();
      const first = await client.send("first");
      await expect
        .poll(() => client.state.connection, { timeout: 20_000 })
        .toEqual({ name: "online", transport });
      const session = sandbox.sessions()[0]?.publicId ?? "";
      expect(sandbox.messages(session).map(({ id }) => id)).toEqual([first.id]);

      for (const [round, { leg, fault }] of FAULTS.entries()) {
        const proxy = leg === "visitor" ? visitorLeg : platformLeg;
        await strike(proxy, fault);
        const sent = client.send(`visitor ${round}`);
        sandbox.reply(session, `owner ${round} a`);
        sandbox.reply(session, `owner ${round} b`);
        // The fault lasts until it has affected a connection or a connection attempt.
        await untilMet(proxy, fault);
        await proxy.heal();
        visitor.goOnline();
        await sent;
      }

      const truth = () => sandbox.messages(session).map(({ content }) => content);
      await expect.poll(visitor.confirmed, { timeout: 30_000 }).toEqual(truth());
      expect(new Set(truth()).size).toBe(1 + 3 * FAULTS.length);
      expect(truth()).toHaveLength(1 + 3 * FAULTS.length);
      expect(sandbox.sessions()).toHaveLength(1);
      expect(client.state.timeline.map(({ state }) => state).filter((state) => state !== "sent")).toEqual([]);
    },
  );
});

async function strike(proxy: FaultProxy, fault: NetworkFault | "cut"): Promise<void> {
  if (fault === "cut") proxy.cutAll();
  else await proxy.set(fault);
}

/** Long enough for a request to run into the fault, short enough for eleven of them. */
async function untilMet(proxy: FaultProxy, fault: NetworkFault | "cut"): Promise<void> {
  if (fault === "cut") return;
  const before = proxy.accepted;
  const deadline = performance.now() + 400;
  while (performance.now() < deadline && proxy.accepted < before + 2) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
