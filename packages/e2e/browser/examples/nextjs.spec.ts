import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import * as handlers from "../../../../examples/nextjs-proxy/app/api/v1/webhooks/chat/[...path]/route.ts";
import { createChatPage } from "../chat-page.ts";
import { startBackstage } from "./backstage.ts";
import { converse } from "./converse.ts";
import { serveRouteHandlers } from "./serve-route-handlers.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

// Only `pnpm examples` installs and builds Next.js itself: see nextjs.built.ts. Its route handlers are plain
// functions on web standards, which this test calls directly.

const ROUTES = "/api/v1/webhooks/chat/";
const PAGE = `<!doctype html><html lang="en"><title>A site</title><script async src="${ROUTES}widget.js"></script></html>`;

test.afterEach(() => {
  delete process.env.MAILOO_CHAT_BFF;
  delete process.env.MAILOO_CHAT_PUBLIC_SOCKET;
});

for (const socket of ["by the BFF's public socket", "by long polls through the site"] as const) {
  test(`Next.js: the site's own routes carry a conversation, ${socket}`, async ({ page }) => {
    await using backstage = await startBackstage();
    process.env.MAILOO_CHAT_BFF = backstage.bff.baseUrl;
    if (socket === "by the BFF's public socket") {
      process.env.MAILOO_CHAT_PUBLIC_SOCKET = `${backstage.bff.baseUrl.replace("http", "ws")}/ws`;
    }
    const { port, origin } = backstage.site;
    await using _site = await serveRouteHandlers({ port, below: ROUTES, handlers, html: PAGE });
    const dialled: string[] = [];
    page.on("websocket", (opened) => dialled.push(opened.url()));

    const chat = createChatPage(page);
    await chat.goto(origin);
    await chat.openPanel();
    await converse(chat, backstage.sandbox, "Is this soap vegan?");
    await expect.poll(() => dialled).toEqual([process.env.MAILOO_CHAT_PUBLIC_SOCKET].filter(Boolean));
  });
}

test("Next.js: the documented routes forward the BFF's responses, and return an error if it is unavailable", async () => {
  await using backstage = await startBackstage();
  process.env.MAILOO_CHAT_BFF = backstage.bff.baseUrl;
  const { port, origin } = backstage.site;
  await using _site = await serveRouteHandlers({ port, below: ROUTES, handlers, html: PAGE });
  const headers = { origin, "content-type": "application/json" };

  const sent = await fetch(`${origin}${ROUTES}submit`, {
    method: "POST",
    headers,
    body: JSON.stringify({ content: "By a form of our own" }),
  });
  expect(sent.status).toBe(201);
  const { session } = (await sent.json()) as { session: { sessionPublicId: string; token: string } };

  const listed = await fetch(`${origin}${ROUTES}messages?sessionPublicId=${session.sessionPublicId}`, {
    headers: { ...headers, authorization: `Bearer ${session.token}` },
  });
  expect(await listed.json()).toMatchObject({ messages: [{ content: "By a form of our own" }] });

  const refused = await fetch(`${origin}${ROUTES}submit`, { method: "POST", headers, body: "{}" });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: "invalid_request" });

  await backstage.bff.kill("SIGKILL");
  const away = await fetch(`${origin}${ROUTES}status`, { headers });
  expect(away.status).toBe(503);
  expect(await away.json()).toMatchObject({ code: "upstream_unavailable", retryAfter: 5 });
});

test("Next.js: the site's own cookies and headers stay with the site", async () => {
  const received: string[][] = [];
  const bff = createServer((request, response) => {
    received.push(Object.keys(request.headers));
    response.setHeader("set-cookie", "bff=1").end("{}");
  }).listen(0, "127.0.0.1");
  await once(bff, "listening");
  process.env.MAILOO_CHAT_BFF = `http://127.0.0.1:${(bff.address() as AddressInfo).port}`;
  const request = new Request("http://site.example/api/v1/webhooks/chat/status", {
    headers: { cookie: "session=of-the-site", "x-internal": "1", authorization: "Bearer of-the-chat" },
  });
  const answer = await handlers.GET(request, { params: Promise.resolve({ path: ["status"] }) });
  bff.close();

  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(received).toHaveLength(1);
  expect(received[0]).toContain("authorization");
  expect(received[0]).not.toContain("cookie");
  expect(received[0]).not.toContain("x-internal");
});
