import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { expect, it, onTestFinished } from "vitest";
import { listMessages } from "./messages.ts";
import type { ChatResponse } from "./problems.ts";

it("a poll whose browser has left before its token is verified is not held", async () => {
  const verifying = Promise.withResolvers<ServerResponse>();
  const left = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<AbortSignal>();
  const answer = listMessages({
    tokens: {
      issue: async () => ({ token: "new", expiresAt: "" }),
      async verify() {
        await left.promise;
        return {
          sessionPublicId: "s1",
          issuedAtMs: 0,
          expiresAtMs: 1,
          stale: false,
          identified: false,
          opened: false,
          owner: null,
        };
      },
    },
    feeds: {
      async page(_session, _since, { signal }) {
        asked.resolve(signal);
        return { messages: [], cursor: null, more: false, truncated: false };
      },
    },
    visitorSessions: null,
    defaultOrigin: "https://shop.example",
  });
  const app = express().use((req, res) => {
    verifying.resolve(res);
    return answer(req, res as unknown as ChatResponse);
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const poll = request({ port, path: "/?wait=25", headers: { authorization: "Bearer t" } }).end();
  poll.on("error", () => {});
  const res = await verifying.promise;
  poll.destroy();
  await once(res, "close");
  left.resolve();
  expect((await asked.promise).aborted).toBe(true);
});
