import { json, type Request, Router } from "express";
import { z } from "zod";
import type { Owner, OwnerTokens } from "../auth/owner-tokens.ts";
import { readBearerToken } from "../auth/read-bearer-token.ts";
import type { Platform } from "../platform/create-platform.ts";
import type { ChatSession, Integration } from "../platform/models.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { methodNotAllowed } from "./method-not-allowed.ts";
import { toMessageJson, toSessionJson, toSummaryJson } from "./owner-json.ts";
import { messageContent, parseBody, parseQuery } from "./parse-input.ts";

export interface DashboardDeps {
  readonly platform: Platform;
  readonly ownerTokens: OwnerTokens;
  readonly endpoint: Endpoint;
}

/** The owner's API, with a Bearer JWT. Mounted at `/api/v1/chat`. */
export function createDashboardRoutes({ platform, ownerTokens, endpoint }: DashboardDeps): Router {
  const router = Router({ caseSensitive: true });

  const sessions = endpoint("sessions", "reads", async (request) => {
    await demandOwner(request, ownerTokens);
    const integration = demandIntegration(request);
    const { search, limit, after = null } = parseQuery(request, sessionsQuery);
    const found = platform.listSessions({
      integrationId: integration.publicId,
      search,
      limit: limit + 1,
      after,
    });
    const shown = found.slice(0, limit);
    return { status: 200, body: { sessions: shown.map(toSummaryJson), hasMore: found.length > limit } };
  });

  const history = endpoint("history", "reads", async (request) => {
    await demandOwner(request, ownerTokens);
    const session = demandSession(request, demandIntegration(request));
    const { limit = null, before = null } = parseQuery(request, historyQuery);
    const { messages, hasMore } = platform.listHistory(session, { limit, before });
    return {
      status: 200,
      body: { session: toSessionJson(session), messages: messages.map(toMessageJson), hasMore },
    };
  });

  const reply = endpoint("reply", "writes", async (request) => {
    const owner = await demandOwner(request, ownerTokens);
    const session = demandSession(request, demandIntegration(request));
    const { content } = parseBody(request, replyBody);
    const message = platform.addOwnerMessage(session, { content, senderName: owner.name });
    return { status: 201, body: { success: true, messageId: message.id, message: toMessageJson(message) } };
  });

  router.route("/:integrationId/sessions").get(sessions).all(methodNotAllowed("GET"));
  router
    .route("/:integrationId/sessions/:sessionPublicId/messages")
    .get(history)
    .all(methodNotAllowed("GET"));
  router
    .route("/:integrationId/sessions/:sessionPublicId/reply")
    .post(json({ limit: "100kb" }), reply)
    .all(methodNotAllowed("POST"));
  return router;

  function demandIntegration(request: Request): Integration {
    const integration = platform.integrations.findIntegration(String(request.params.integrationId));
    if (integration?.type !== "JSBOX") throw notFound("integration");
    return integration;
  }

  function demandSession(request: Request, integration: Integration): ChatSession {
    const session = platform.findSession(String(request.params.sessionPublicId));
    if (session?.integrationId !== integration.publicId) throw notFound("session");
    return session;
  }
}

/** @throws {ApiError} 401 without a valid owner token */
export async function demandOwner(request: Request, ownerTokens: OwnerTokens): Promise<Owner> {
  const token = readBearerToken(request.get("authorization"));
  const owner = token === null ? null : await ownerTokens.verify(token);
  if (owner !== null) return owner;
  const code = token === null ? "token_required" : "token_invalid";
  throw new ApiError(401, code, "Send a valid owner token as Authorization: Bearer", {
    "WWW-Authenticate": token === null ? "Bearer" : 'Bearer error="invalid_token"',
  });
}

const sessionsQuery = z.object({
  search: z.string().max(200).default(""),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  after: z.string().max(200).optional(),
});

const historyQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  before: z.string().max(200).optional(),
});

const replyBody = z.object({ content: messageContent });
