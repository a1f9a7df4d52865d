import { json, type Request, type RequestHandler, Router } from "express";
import { z } from "zod";
import { hashApiKey } from "../auth/hash-api-key.ts";
import { renderList, renderReceipt, renderStatus } from "../dialect/render.ts";
import type { FaultBoard } from "../faults/fault-board.ts";
import type { Platform } from "../platform/create-platform.ts";
import { isOriginAllowed, restrictsOrigins } from "../platform/is-origin-allowed.ts";
import type { ChatSession, Integration } from "../platform/models.ts";
import type { Scope } from "../platform/scopes.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { Answer, Endpoint } from "./endpoint.ts";
import { methodNotAllowed } from "./method-not-allowed.ts";
import { messageContent, parseBody, parseQuery, timestamp } from "./parse-input.ts";

export interface WebhookDeps {
  readonly platform: Platform;
  readonly faults: FaultBoard;
  readonly endpoint: Endpoint;
  /** Whether the owner of an integration is shown as online. */
  readonly isOnline: (integration: Integration) => boolean;
}

/** The public API: what a site's server calls with its `X-API-Key`. Mounted at `/api/v1/webhooks`. */
export function createWebhookRoutes({ platform, faults, endpoint, isOnline }: WebhookDeps): Router {
  const router = Router({ caseSensitive: true });
  const parseJson = json({ limit: "100kb" });
  const cors = createWebhookCors(platform);

  const createIntegration = endpoint("createIntegration", "writes", (request) => {
    const projectUid = param(request, "projectUid");
    demandKey(request, projectUid, "webhook.chat-integration-create");
    if (!platform.integrations.hasProject(projectUid)) throw notFound("project");
    const { name, config } = parseBody(request, integrationBody);
    const made = platform.createIntegration(projectUid, name, config);
    return { status: 201, body: { success: true, integration: toIntegrationJson(made) } };
  });

  const send = endpoint("send", "writes", (request) => {
    const integration = demandIntegration(param(request, "integrationId"), param(request, "projectUid"));
    demandKey(request, integration.projectUid, "chat.send-message");
    return acceptMessage(request, integration);
  });

  const legacySend = endpoint("legacySend", "writes", (request) => {
    const integration = demandIntegration(param(request, "integrationId"), null);
    demandKey(request, integration.projectUid, "chat.send-message");
    return acceptMessage(request, integration);
  });

  const list = endpoint("list", "reads", (request) => {
    const integration = demandIntegration(param(request, "integrationId"), param(request, "projectUid"));
    demandKey(request, integration.projectUid, "chat.send-message");
    demandOrigin(request, integration, "if-present");
    const session = demandSession(param(request, "sessionPublicId"), integration);
    const { since = null } = parseQuery(request, listQuery);
    return { status: 200, body: renderList(platform.listSince(session, since), faults.dialect) };
  });

  const status = endpoint("status", "reads", (request) => {
    const integration = demandIntegration(param(request, "integrationId"), param(request, "projectUid"));
    demandKey(request, integration.projectUid, "chat.send-message");
    demandOrigin(request, integration, "if-present");
    const { welcomeMessage } = integration.config;
    return {
      status: 200,
      body: renderStatus({ online: isOnline(integration), welcomeMessage }, faults.dialect),
    };
  });

  router
    .route("/chat/:projectUid/integrations")
    .post(parseJson, createIntegration)
    .all(methodNotAllowed("POST"));
  router
    .route("/chat/:projectUid/:integrationId/messages")
    .all(cors)
    .post(parseJson, send)
    .all(methodNotAllowed("POST"));
  router
    .route("/chat/:projectUid/:integrationId/sessions/:sessionPublicId/messages")
    .all(cors)
    .get(list)
    .all(methodNotAllowed("GET"));
  router.route("/chat/:projectUid/:integrationId/status").all(cors).get(status).all(methodNotAllowed("GET"));
  router
    .route("/messages/:integrationId")
    .all(cors)
    .post(parseJson, legacySend)
    .all(methodNotAllowed("POST"));
  return router;

  function acceptMessage(request: Request, integration: Integration): Answer {
    demandOrigin(request, integration, "always");
    const { content, sessionPublicId, senderName, senderEmail } = parseBody(request, sendBody);
    const session = sessionPublicId === null ? null : demandSession(sessionPublicId, integration);
    const message = platform.addVisitorMessage(integration.publicId, session, {
      content,
      senderName,
      senderEmail,
    });
    return { status: 200, body: renderReceipt(message, faults.dialect) };
  }

  function demandKey(request: Request, projectUid: string, scope: Scope): void {
    const key = request.get("x-api-key");
    if (key === undefined || key === "") {
      throw new ApiError(401, "api_key_required", "Send your API key in the X-API-Key header");
    }
    const grant = platform.integrations.findKey(hashApiKey(key));
    if (grant === null) throw new ApiError(401, "api_key_invalid", "This API key is not known");
    if (grant.projectUid !== projectUid) {
      throw new ApiError(403, "project_forbidden", "This API key belongs to another project");
    }
    if (!grant.scopes.includes(scope)) {
      throw new ApiError(403, "scope_missing", `This API key lacks the scope ${scope}`);
    }
  }

  /** A JSBOX integration, of the given project if there is one. */
  function demandIntegration(publicId: string, projectUid: string | null): Integration {
    const integration = platform.integrations.findIntegration(publicId);
    if (integration === null || (projectUid !== null && integration.projectUid !== projectUid)) {
      throw notFound("integration");
    }
    if (integration.type !== "JSBOX") {
      throw new ApiError(400, "integration_type_mismatch", "This integration is not of type JSBOX");
    }
    return integration;
  }

  function demandSession(publicId: string, integration: Integration): ChatSession {
    const session = platform.findSession(publicId);
    if (session === null || session.integrationId !== integration.publicId) throw notFound("session");
    return session;
  }
}

/**
 * A send needs an allowed origin if the integration restricts origins; a server that forwards messages sends one, too.
 * Reads by a server need none.
 */
function demandOrigin(request: Request, { config }: Integration, when: "always" | "if-present"): void {
  const origin = request.get("origin");
  if (origin === undefined) {
    if (when === "if-present" || !restrictsOrigins(config)) return;
    throw new ApiError(403, "origin_required", "Send an Origin that this integration allows");
  }
  if (!isOriginAllowed(origin, config)) {
    throw new ApiError(
      403,
      "origin_not_allowed",
      "This integration does not allow the Origin of this request",
    );
  }
}

/** CORS for browsers: only origins that the integration allows can call. */
function createWebhookCors(platform: Platform): RequestHandler {
  return (request, response, next) => {
    response.vary("Origin");
    const origin = request.get("origin");
    const integration = platform.integrations.findIntegration(param(request, "integrationId"));
    const allowed =
      origin !== undefined && integration !== null && isOriginAllowed(origin, integration.config);
    if (allowed) {
      response.set({
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
      });
    }
    if (request.method !== "OPTIONS") return next();
    if (allowed) {
      response.set({
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type, X-API-Key",
        "Access-Control-Max-Age": "600",
      });
    }
    response.status(allowed ? 204 : 403).end();
  };
}

const optionalText = (maxUnits: number) =>
  z
    .string()
    .trim()
    .max(maxUnits)
    .nullish()
    .transform((text) => (text ? text : null));

const sendBody = z.object({
  content: messageContent,
  sessionPublicId: optionalText(200),
  senderName: optionalText(200),
  senderEmail: optionalText(320),
});

const listQuery = z.object({ since: timestamp.optional() });

const integrationBody = z.object({
  name: z.string().trim().min(1).max(200),
  config: z
    .object({
      welcomeMessage: optionalText(2000),
      allowedOrigins: z.array(z.string().min(1).max(300)).max(100).default([]),
      domain: optionalText(253),
    })
    .default({ welcomeMessage: null, allowedOrigins: [], domain: null }),
});

function toIntegrationJson({ publicId, projectUid, type, name, config, createdAtMs }: Integration) {
  return {
    id: publicId,
    integrationId: publicId,
    projectUid,
    type,
    name,
    config,
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

function param(request: Request, name: string): string {
  const value = request.params[name];
  // Our patterns have no wildcards, whose parameters are arrays.
  return typeof value === "string" ? value : "";
}
