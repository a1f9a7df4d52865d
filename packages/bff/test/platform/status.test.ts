import { describe, expect, it } from "vitest";
import { json, startFakePlatform, text } from "../support/fake-platform.ts";
import { connectMailoo, failureOf, TEST_KEY, TEST_ORIGIN } from "../support/mailoo-fixture.ts";

describe("the status", () => {
  it("is asked with the key and the fallback origin", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onStatus(json({ status: "online" }));

    expect((await mailoo.client.status()).status).toBe("online");
    expect(platform.requests[0]).toMatchObject({
      target: "/api/v1/webhooks/chat/proj_1/int_1/status",
      headers: { "x-api-key": TEST_KEY, origin: TEST_ORIGIN },
    });
  });

  it("is requested again after a failure", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onStatus(text("<html></html>"), json({ online: false }));

    expect(await failureOf(mailoo.client.status())).toEqual({ kind: "malformed", keysSeen: [] });
    expect((await mailoo.client.status()).status).toBe("away");
  });
});

describe("creating an integration", () => {
  it("posts the documented body and reads the new id", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onCreateIntegration(
      json({ success: true, data: { id: 7, publicId: "int_new", type: "JSBOX" } }, 201),
    );

    const created = await mailoo.client.createIntegration({
      name: "Support chat",
      welcomeMessage: "Hi!",
      allowedOrigins: [TEST_ORIGIN],
      domain: null,
    });
    expect(created).toEqual({ integrationId: "int_new" });
    expect(platform.requests[0]).toMatchObject({
      method: "POST",
      target: "/api/v1/webhooks/chat/proj_1/integrations",
      body: { name: "Support chat", config: { welcomeMessage: "Hi!", allowedOrigins: [TEST_ORIGIN] } },
    });
    expect(platform.requests[0]?.headers.origin).toBeUndefined();
  });

  it("that the key's scope does not cover does not affect the key's other scope", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onCreateIntegration(json({ code: "missing_scope" }, 403));
    platform.onStatus(json({ online: true }));

    const integration = { name: "x", welcomeMessage: null, allowedOrigins: [], domain: null };
    expect(await failureOf(mailoo.client.createIntegration(integration))).toMatchObject({
      kind: "unauthorised",
    });
    expect(mailoo.client.health.keyRefused).toBe(false);
    expect((await mailoo.client.status()).status).toBe("online");
  });
});
