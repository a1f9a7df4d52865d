import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import express from "express";
import { describe, expect, it } from "vitest";
import { createChatService } from "../src/chat-service.ts";
import { parseConfig } from "../src/config/parse-config.ts";
import type { EventLoopLag } from "../src/observability/event-loop-lag.ts";
import { createLog } from "../src/observability/log.ts";
import { createBffCalls } from "./support/bff-calls.ts";
import { bffEnvironment, SITE } from "./support/start-bff.ts";

/** A BFF whose process keeps up with its work, or does not, as the test says. */
async function startService() {
  const sandbox = await startSandbox();
  const { config } = parseConfig(bffEnvironment(sandbox.url));
  const lag: EventLoopLag & { overloaded: boolean } = { lagMs: 0, overloaded: false, stop() {} };
  const service = createChatService(config, { log: createLog("silent"), resolveVisitor: null, lag });
  const app = express();
  app.use(DEFAULT_BASE_PATH, service.router);
  app.use(service.createRootRouter());
  const server = createServer(app);
  server.on(
    "upgrade",
    service.createUpgradeHandler({ basePath: DEFAULT_BASE_PATH, exclusive: true }, () => "127.0.0.1"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    sandbox,
    lag,
    url,
    calls: createBffCalls(`${url}${DEFAULT_BASE_PATH}`, SITE),
    async [Symbol.asyncDispose]() {
      await service.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sandbox.close();
    },
  };
}

describe("an overloaded process", () => {
  it("refuses new work with Retry-After, and stays alive", async () => {
    await using service = await startService();
    const { calls, lag, sandbox, url } = service;
    const { session } = (await calls.submit({ content: "before" })).body;
    const open = calls.socket();
    await open.opened();
    open.hello(session.token);
    await open.ready();
    const late = calls.socket();
    await late.opened();

    lag.overloaded = true;
    const refused = await calls.submitProblem({ content: "too much" });
    expect([refused.status, refused.body.code]).toEqual([503, "overloaded"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const upgrade = await calls.socket().refused();
    expect([upgrade.status, JSON.parse(upgrade.body).code]).toEqual([503, "overloaded"]);
    late.hello(session.token);
    expect(await late.closed()).toBe(1013);
    for (const path of ["/healthz", "/readyz", `${DEFAULT_BASE_PATH}/healthz`]) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    }
    // Whoever is there already stays, and hears what is said.
    sandbox.reply(session.sessionPublicId, "an answer all the same");
    await open.message("an answer all the same");

    lag.overloaded = false;
    expect((await calls.submit({ content: "after" }, session.token)).status).toBe(201);
    open.close();
  });
});
