import { type ChatConfig, DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { SEED } from "@mailoo-chat/sandbox";
import { afterAll, describe, expect, it } from "vitest";
import { SITE } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

const chat = await startChat({
  MAILOO_CHAT_WELCOME_MESSAGE: "Hi!",
  MAILOO_CHAT_PRE_CHAT: "email",
  MAILOO_CHAT_CONSENT_TEXT: "We read it.",
  MAILOO_CHAT_CONSENT_URL: "https://shop.example/privacy",
  MAILOO_CHAT_ALLOWED_ORIGINS: `${SITE},https://*.example.com`,
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
});
afterAll(() => chat[Symbol.asyncDispose]());
const { bff, sandbox } = chat;

describe("GET config", () => {
  it("[CONFIG-1] [CONFIG-2] returns what the widget needs, and the socket's URL", async () => {
    sandbox.setPresence("online");
    const { body, headers } = await bff.chatConfig();
    expect(body).toEqual({
      welcomeMessage: "Hi!",
      status: expect.stringMatching(/^(online|away|unknown)$/),
      realtime: { ws: expect.any(String), longPollSeconds: 25 },
      limits: { contentMax: 4000 },
      preChat: { fields: [{ name: "email", required: false }] },
      consent: { text: "We read it.", url: "https://shop.example/privacy" },
      suggestions: [],
      away: null,
      challenge: null,
    });
    expect(headers.get("cache-control")).toBe("public, max-age=60");
    const { realtime } = body as { realtime: { ws: string } };
    expect(new URL(realtime.ws, `${bff.base}/config`).href).toBe(`${bff.base}/ws`);
  });

  it("speaks the language that is asked for, each with its own ETag, and shows the platform's own welcome text", async () => {
    const consent = {
      text: "Mit der ersten Nachricht stimmen Sie zu.",
      url: "https://shop.example/datenschutz",
    };
    await using other = await startChat({
      MAILOO_CHAT_TEXTS: JSON.stringify({
        "*": { suggestions: ["Where is my parcel?"] },
        de: { welcomeMessage: "Hallo!", consent, suggestions: ["Wo ist mein Paket?"] },
      }),
    });
    const ask = async (query: string) => {
      const answer = await other.bff.request(`/config${query}`);
      const { welcomeMessage, suggestions, consent: shown } = (await answer.json()) as ChatConfig;
      return { welcomeMessage, suggestions, consent: shown, etag: answer.headers.get("etag") };
    };
    const german = await ask("?locale=de-AT");
    expect(german).toMatchObject({ welcomeMessage: "Hallo!", suggestions: ["Wo ist mein Paket?"], consent });
    const english = await ask("?locale=en");
    const welcomeMessage = SEED.welcomeMessage;
    expect(english).toMatchObject({ welcomeMessage, suggestions: ["Where is my parcel?"], consent: null });
    expect(english.etag).not.toBe(german.etag);
    expect((await other.bff.request("/config?locale=de&locale=fr")).status).toBe(400);
  });

  it("is not sent again to a browser that has it", async () => {
    const first = await bff.request("/config");
    const etag = first.headers.get("etag") ?? "";
    await first.text();
    const again = await bff.request("/config", { headers: { "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect(again.headers.get("access-control-allow-origin")).toBe(SITE);
  });
});

describe("GET status", () => {
  it("[STATUS-1] is one of three words, and not cached", async () => {
    const response = await bff.request("/status");
    expect(response.headers.get("cache-control")).toBe("no-store");
    await expect(response.json()).resolves.toEqual({
      status: expect.stringMatching(/^(online|away|unknown)$/),
    });
  });
});

describe("machines", () => {
  it.each(["", "/api/v1/webhooks/chat"])("[HEALTH-1] find health and readiness below %j", async (base) => {
    const health = await fetch(`${bff.url}${base}/healthz`);
    expect(health.status).toBe(200);
    await expect.poll(async () => (await fetch(`${bff.url}${base}/readyz`)).status).toBe(200);
    const ready = await fetch(`${bff.url}${base}/readyz`);
    await expect(ready.json()).resolves.toEqual({
      ready: true,
      checks: { process: "ok", platform: "ok", key: "ok" },
    });
  });

  it("find no metrics unless they are switched on", async () => {
    expect((await fetch(`${bff.url}/metrics`)).status).toBe(404);
    await using counted = await startChat({ METRICS: "on" });
    await counted.bff.submit({ content: "x" });
    const text = await (await fetch(`${counted.bff.url}/metrics`)).text();
    expect(text).toContain('mailoo_chat_sends_total{outcome="sent"} 1');
    expect(text).toMatch(
      /mailoo_chat_http_request_duration_seconds_count{route="submit",method="POST",status="201"} 1/,
    );
    await using apart = await startChat({ METRICS_PORT: "0" });
    expect((await fetch(`${apart.bff.url}/metrics`)).status).toBe(404);
    expect((await fetch(apart.bff.metricsUrl ?? "")).status).toBe(200);
    const elsewhere = await fetch(new URL("/nope", apart.bff.metricsUrl ?? ""));
    expect([elsewhere.status, elsewhere.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  });
});

describe("GET openapi.json", () => {
  it("describes the routes, for any page", async () => {
    const response = await bff.request("/openapi.json", { headers: { Origin: "https://elsewhere.test" } });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    await expect(response.json()).resolves.toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
      paths: { "/submit": expect.anything() },
    });
  });
});

describe("every answer", () => {
  it.each(["/config", "/status", "/nope", "/healthz", "/submit"])(
    "[ORIGIN-3] [ERROR-1] of %s has a request id and varies by origin",
    async (path) => {
      const response = await bff.request(path);
      expect(response.headers.get("x-request-id")).toMatch(/^[\w-]{8,}$/);
      expect(response.headers.get("vary")).toMatch(/\bOrigin\b/);
      expect(response.headers.get("x-powered-by")).toBeNull();
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("x-frame-options")).toBe("DENY");
    },
  );

  it("to HEAD has the headers of GET and no body", async () => {
    for (const path of ["/config", "/status", "/healthz"]) {
      const head = await bff.request(path, { method: "HEAD" });
      const get = await bff.request(path);
      expect([head.status, await head.text()]).toEqual([200, ""]);
      expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    }
  });
});

describe("paths and methods", () => {
  it("are case-sensitive", async () => {
    const response = await fetch(`${bff.url}${DEFAULT_BASE_PATH.toUpperCase()}/healthz`);
    expect(response.status).toBe(404);
  });

  it.each(["/nope", "/submit/x", "/%2e%2e/etc/passwd", "/%", "/assets/../../package.json"])(
    "%s is not_found",
    async (path) => {
      const { status, body, headers } = await bff.problem(path);
      expect([status, body.code]).toEqual([404, "not_found"]);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(headers.get("access-control-allow-origin")).toBe(SITE);
    },
  );

  it.each([
    ["GET", "/submit", "POST, OPTIONS"],
    ["PUT", "/submit", "POST, OPTIONS"],
    ["POST", "/config", "GET, HEAD, OPTIONS"],
    ["DELETE", "/messages", "GET, HEAD, OPTIONS"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["DELETE", "/readyz", "GET, HEAD, OPTIONS"],
    ["POST", "/openapi.json", "GET, HEAD, OPTIONS"],
    ["POST", "/chat", "GET, HEAD, OPTIONS"],
  ])(
    "%s %s is method_not_allowed, with Allow, and a listed page can read it",
    async (method, path, allow) => {
      const { status, body, headers } = await bff.problem(path, { method });
      expect([status, body.code]).toEqual([405, "method_not_allowed"]);
      expect(headers.get("allow")).toBe(allow);
      expect(headers.get("access-control-allow-origin")).toBe(SITE);
      expect(headers.get("access-control-expose-headers")).toBe("Retry-After, ETag, X-Request-Id");
    },
  );
});

describe("CORS", () => {
  it.each(["/submit", "/messages", "/config", "/status"])(
    "[ORIGIN-3] lets a listed page preflight %s",
    async (path) => {
      const response = await bff.request(path, {
        method: "OPTIONS",
        headers: {
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "authorization",
        },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get("access-control-allow-origin")).toBe(SITE);
      expect(response.headers.get("access-control-allow-headers")).toBe(
        "Authorization, Content-Type, Mailoo-Chat-Since, Mailoo-Chat-Wait",
      );
      expect(response.headers.get("access-control-max-age")).toBe("7200");
      expect(response.headers.get("access-control-allow-methods")).toContain(
        path === "/submit" ? "POST" : "GET",
      );
    },
  );

  it("exposes what the widget reads", async () => {
    const response = await bff.request("/status");
    expect(response.headers.get("access-control-expose-headers")).toBe("Retry-After, ETag, X-Request-Id");
  });

  it.each([
    "https://evil.test",
    "null",
    "https://example.com",
    "http://localhost:5174",
    `${SITE}.evil.test`,
    "https://a.b.example.com",
  ])("[ORIGIN-1] refuses %s on every route for pages, preflights included", async (origin) => {
    for (const [path, method] of [
      ["/config", "GET"],
      ["/status", "GET"],
      ["/messages", "GET"],
      ["/submit", "POST"],
      ["/submit", "OPTIONS"],
      ["/nope", "GET"],
    ] as const) {
      const { status, body, headers } = await bff.problem(path, { method, headers: { Origin: origin } });
      expect([path, status, body.code]).toEqual([path, 403, "origin_not_allowed"]);
      // The page may read why it is refused. A preflight lets nothing through.
      const readableBy = headers.get("access-control-allow-origin");
      expect(readableBy).toBe(method === "OPTIONS" ? null : origin);
      expect(headers.get("vary")).toMatch(/\bOrigin\b/);
    }
  });

  it("[ORIGIN-1] lets one label in front of a listed host in, under its own name", async () => {
    const response = await bff.request("/status", { headers: { Origin: "https://shop.example.com" } });
    expect(response.headers.get("access-control-allow-origin")).toBe("https://shop.example.com");
  });

  it.each([
    ["cross-site", 403],
    ["same-site", 403],
    ["same-origin", 200],
    ["none", 200],
  ])("without an origin, judges by Sec-Fetch-Site: %s is %i", async (site, status) => {
    // `fetch` would not let a test set this header.
    const { get } = await import("node:http");
    const answered = await new Promise<number | undefined>((resolve) => {
      get(`${bff.base}/status`, { headers: { "Sec-Fetch-Site": site } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    expect(answered).toBe(status);
  });

  it("[ORIGIN-4] sends the visitor's origin to the platform, or a listed one if there is none", async () => {
    await using strict = await startChat(
      { MAILOO_CHAT_ALLOWED_ORIGINS: `${SITE},https://other.example.com` },
      { allowedOrigins: [SITE] },
    );
    expect((await strict.bff.submit({ content: "from the site" })).status).toBe(201);
    const other = await strict.bff.request("/submit", {
      method: "POST",
      headers: { Origin: "https://other.example.com", "Content-Type": "application/json" },
      body: '{"content":"from elsewhere"}',
    });
    expect(other.status).toBe(502);
    const server = await fetch(`${strict.bff.base}/submit`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"content":"from a server"}',
    });
    expect(server.status).toBe(201);
  });
});
