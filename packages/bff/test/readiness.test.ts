import { describe, expect, it } from "vitest";
import { SITE } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

describe("readiness", () => {
  it.each([
    ["the first listed origin is not on the integration", `https://elsewhere.example,${SITE}`],
    ["only wildcards are listed", "https://*.shop.example"],
  ])("is degraded, not down, if %s", async (_why, origins) => {
    await using chat = await startChat({ MAILOO_CHAT_ALLOWED_ORIGINS: origins });
    const ready = async () => {
      const response = await fetch(`${chat.bff.url}/readyz`);
      return [response.status, await response.json()];
    };
    await expect
      .poll(ready, { timeout: 10_000 })
      .toMatchObject([200, { ready: true, checks: { platform: "degraded", key: "ok" } }]);
  });

  it("is whole again once a page at another origin has been accepted, and so is the status", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_ALLOWED_ORIGINS: `https://elsewhere.example,${SITE}`,
    });
    chat.sandbox.setPresence("online");
    expect((await chat.bff.submit({ content: "hello" })).status).toBe(201);
    const platform = async () =>
      ((await (await fetch(`${chat.bff.url}/readyz`)).json()) as { checks: { platform: string } }).checks
        .platform;
    await expect.poll(platform, { timeout: 10_000 }).toBe("ok");
    const status = async () =>
      ((await (await chat.bff.request("/status")).json()) as { status: string }).status;
    await expect.poll(status, { timeout: 20_000, interval: 500 }).toBe("online");
  });
});
