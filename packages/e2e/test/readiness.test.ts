import { startSandbox } from "@mailoo-chat/sandbox";
import { expect, test } from "vitest";
import { createBffCalls } from "../src/bff-calls.ts";
import { startFaultProxy } from "../src/network/fault-proxy.ts";
import { startBff } from "../src/servers/start-bff.ts";

const ORIGIN = "http://localhost:5173";

test("[READY-1] [READY-2] [HEALTH-1] the BFF is not ready until it has reached the platform, and stays ready afterwards", {
  timeout: 40_000,
}, async () => {
  await using sandbox = await startSandbox();
  await using platformLeg = await startFaultProxy(sandbox.port);
  await platformLeg.set({ name: "refuse" });
  await using bff = await startBff({ platformUrl: platformLeg.url, allowedOrigins: [ORIGIN] });
  const calls = createBffCalls(bff.url, ORIGIN);
  expect((await calls.get("/readyz")).status).toBe(503);
  expect((await fetch(`${bff.url}/healthz`)).status).toBe(200);

  await platformLeg.heal();
  await expect.poll(async () => (await calls.get("/readyz")).status, { timeout: 15_000 }).toBe(200);

  await platformLeg.set({ name: "refuse" });
  // Sends requests until the outage is reported.
  await expect
    .poll(
      async () => {
        await createBffCalls(bff.baseUrl, ORIGIN).submit({ content: "anybody there?" });
        const { status, body } = await calls.get("/readyz");
        expect(status).toBe(200);
        return Object.values((body as { checks: Record<string, string> }).checks).some(
          (check) => check !== "ok",
        );
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  expect((await fetch(`${bff.url}/healthz`)).status).toBe(200);
});
