import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { expect, it } from "vitest";
import { startChildServer } from "../src/servers/child-server.ts";

const SITE = "http://localhost:5173";
const EXAMPLE = join(REPOSITORY, "examples/opentelemetry/tracing.ts");

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** 2: server, 3: client. */
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
}

/** Receives traces as a collector does. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer(async (req, res) => {
    const { resourceSpans } = (await json(req)) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    res.setHeader("Content-Type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans: spans as readonly Span[],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it("the OpenTelemetry example traces a submit to the platform without session ids", {
  timeout: 90_000,
}, async () => {
  await using sandbox = await startSandbox();
  await using collector = await startCollector();
  const port = await getPort();
  const url = `http://127.0.0.1:${port}`;
  await using _bff = await startChildServer({
    command: process.execPath,
    args: [
      "--conditions=@mailoo-chat/source",
      `--import=${pathToFileURL(EXAMPLE).href}`,
      join(REPOSITORY, "packages/bff/src/main.ts"),
    ],
    env: {
      MAILOO_CHAT_INTEGRATION_API: sandbox.url,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
      MAILOO_CHAT_ALLOWED_ORIGINS: SITE,
      MAILOO_CHAT_SESSION_SECRET: "s".repeat(48),
      MAILOO_CHAT_CHALLENGE: "off",
      HOST: "127.0.0.1",
      PORT: `${port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
    isUp: () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });

  const base = `${url}${DEFAULT_BASE_PATH}`;
  const submitted = await fetch(`${base}/submit`, {
    method: "POST",
    headers: { origin: SITE, "content-type": "application/json" },
    body: JSON.stringify({ content: "Hello" }),
  });
  expect(submitted.status).toBe(201);
  const { session } = (await submitted.json()) as { session: { sessionPublicId: string; token: string } };
  const listed = await fetch(`${base}/messages?sessionPublicId=${session.sessionPublicId}`, {
    headers: { origin: SITE, authorization: `Bearer ${session.token}` },
  });
  expect(listed.status).toBe(200);

  const isSend = ({ kind, attributes }: Span) => kind === 3 && JSON.stringify(attributes).includes('"POST"');
  await expect.poll(() => collector.spans.some(isSend), { timeout: 20_000 }).toBe(true);
  const send = collector.spans.find(isSend);
  const isItsRequest = ({ kind, spanId }: Span) => kind === 2 && spanId === send?.parentSpanId;
  await expect.poll(() => collector.spans.some(isItsRequest), { timeout: 20_000 }).toBe(true);
  // The listing has also been traced, or will be.
  await expect.poll(() => JSON.stringify(collector.spans), { timeout: 20_000 }).toContain("/sessions/{id}");
  const everything = JSON.stringify(collector.spans);
  expect(everything).not.toContain(session.sessionPublicId);
  expect(everything).not.toContain(session.token);
  expect(everything).not.toContain(SEED.apiKey);
});
