import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { makeVisitorKey } from "./support/bff-calls.ts";
import { spawnBff } from "./support/spawn-bff.ts";

describe("tracing", { timeout: 30_000 }, () => {
  it("tells a collector of requests and of the calls within them, and of nothing that the log would not hold", async () => {
    await using sandbox = await startSandbox();
    await using collector = await startCollector();
    await using bff = await spawnBff({
      platform: sandbox,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_SERVICE_NAME: "shop-chat" },
    });
    const visitorKey = makeVisitorKey();
    const { headers, body } = await bff.submit({ content: "a private sentence", visitorKey });
    await bff.problem("/a-path-of-the-caller?secret=in-the-query");
    await fetch(`${bff.url}/healthz`);
    // Also what has not been exported yet when the process ends.
    bff.kill("SIGTERM");
    expect((await bff.finished).code).toBe(0);

    expect(collector.text).toContain('{"key":"service.name","value":{"stringValue":"shop-chat"}}');
    const spans = collector.spans();
    const submit = spans.find(({ name }) => name === "POST submit");
    expect(submit).toMatchObject({
      kind: 2,
      attributes: { "http.route": "submit", "http.response.status_code": 201 },
    });
    expect(submit?.attributes["mailoo_chat.request_id"]).toBe(headers.get("x-request-id"));
    const send = spans.find(({ name }) => name === "platform send");
    expect(send).toMatchObject({ kind: 3, attributes: { "mailoo_chat.outcome": "ok" } });
    expect([send?.traceId, send?.parentSpanId]).toEqual([submit?.traceId, submit?.spanId]);
    expect(spans.find(({ name }) => name === "GET unknown")?.attributes["mailoo_chat.code"]).toBe(
      "not_found",
    );
    expect(spans.filter(({ name }) => name.includes("healthz"))).toEqual([]);
    const { sessionPublicId, token } = body.session;
    for (const secret of [
      "private",
      visitorKey,
      sessionPublicId,
      token,
      SEED.apiKey,
      "in-the-query",
      "caller",
    ]) {
      expect(collector.text).not.toContain(secret);
    }
  });

  it("to a collector that is not there costs no visitor anything, and no time at the end", async () => {
    await using sandbox = await startSandbox();
    await using bff = await spawnBff({
      platform: sandbox,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
    });
    expect((await bff.submit({ content: "Hello" })).status).toBe(201);
    const askedAtMs = performance.now();
    bff.kill("SIGTERM");
    expect((await bff.finished).code).toBe(0);
    expect(performance.now() - askedAtMs).toBeLessThan(10_000);
  });
});

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Takes what an exporter sends as OTLP in JSON. */
async function startCollector() {
  const bodies: string[] = [];
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += String(chunk);
    if (req.url === "/v1/traces") bodies.push(body);
    res.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get text() {
      return bodies.join("\n");
    },
    spans: () => bodies.flatMap(readSpans),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function readSpans(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: {
      scopeSpans: { spans: (Omit<Span, "attributes"> & { attributes: OtlpAttribute[] })[] }[];
    }[];
  };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map((span) => ({
      ...span,
      attributes: Object.fromEntries(
        span.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
      ),
    }));
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}
