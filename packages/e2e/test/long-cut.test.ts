import { startSandbox } from "@mailoo-chat/sandbox";
import { expect, test } from "vitest";
import { createVisitor } from "../src/headless-visitor.ts";
import { startFaultProxy } from "../src/network/fault-proxy.ts";
import { startBff } from "../src/servers/start-bff.ts";

const ORIGIN = "http://localhost:5173";

/** The promise is ten seconds. Two more, since other tests run at the same time. */
const WITHIN_MS = 12_000;

test("[DELIVERY-4] 250 messages from an undetected network cut arrive in time and in order", {
  timeout: 60_000,
}, async () => {
  await using sandbox = await startSandbox();
  await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN] });
  await using visitorLeg = await startFaultProxy(bff.port);
  using visitor = createVisitor({ baseUrl: bff.baseUrl.replace(bff.url, visitorLeg.url), origin: ORIGIN });
  visitor.client.open();
  await visitor.client.send("before the cut");
  await expect.poll(() => visitor.client.state.connection.name).toBe("online");
  const session = sandbox.sessions()[0]?.publicId ?? "";

  await visitorLeg.set({ name: "reset" });
  // The cut lasts until the client has run into it.
  await expect.poll(() => visitor.client.state.connection.name, { timeout: 15_000 }).toBe("waiting");
  sandbox.addMessages(session, 250);
  await visitorLeg.heal();
  const truth = sandbox.messages(session).map(({ content }) => content);
  await expect.poll(visitor.confirmed, { timeout: WITHIN_MS }).toEqual(truth);
  expect(truth).toHaveLength(251);
});
