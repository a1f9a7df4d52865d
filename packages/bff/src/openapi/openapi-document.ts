import {
  BODY_MAX_BYTES,
  CONTENT_MAX_UNITS,
  CURSOR_MAX_BYTES,
  DEFAULT_BASE_PATH,
  LONG_POLL_MAX_SECONDS,
  PROBLEMS,
  type ProblemCode,
  ROUTES,
  SINCE_HEADER,
  WAIT_HEADER,
} from "@mailoo-chat/protocol";
import { componentSchemas, type JsonSchema, schemaRef } from "./component-schemas.ts";

/** The HTTP interface as OpenAPI 3.1, made of the schemas that requests and answers are checked with. */
export function createOpenApiDocument(version: string): JsonSchema {
  return {
    openapi: "3.1.1",
    info: {
      title: "Mailoo Chat BFF",
      version,
      summary: "What a website's chat widget asks its own server.",
      description: "The pages of the protocol say more: order, delivery promise, WebSocket.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: DEFAULT_BASE_PATH }],
    paths: {
      [ROUTES.config]: {
        get: operation("config", "What the widget needs to show itself", { 200: json("ChatConfig") }, [
          "origin_not_allowed",
        ]),
      },
      [ROUTES.submit]: {
        post: {
          ...operation(
            "submit",
            "Send a visitor's message; the first one opens a session",
            {
              201: json("SubmitResponse", "Accepted"),
              200: json("SubmitResponse", "Accepted by an earlier call"),
            },
            SUBMIT_PROBLEMS,
          ),
          description: `At most ${BODY_MAX_BYTES} bytes, of which content has at most ${CONTENT_MAX_UNITS} UTF-16 units after trimming.`,
          security: [{}, { sessionToken: [] }],
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaRef("SubmitRequest") } },
          },
        },
      },
      [ROUTES.messages]: {
        get: {
          ...operation(
            "messages",
            "Messages of the session since a cursor, at once or as soon as there is one",
            { 200: json("MessagePage") },
            MESSAGES_PROBLEMS,
          ),
          security: [{ sessionToken: [] }],
          parameters: [
            parameter(
              "query",
              "sessionPublicId",
              { type: "string" },
              "May be left out: the token names the session.",
            ),
            ...["query:since", `header:${SINCE_HEADER}`].map((place) =>
              placedParameter(
                place,
                { type: "string", maxLength: CURSOR_MAX_BYTES },
                "A cursor, or an RFC 3339 time with offset.",
              ),
            ),
            ...["query:wait", `header:${WAIT_HEADER}`].map((place) =>
              placedParameter(
                place,
                { type: "integer", minimum: 0, maximum: LONG_POLL_MAX_SECONDS, default: 0 },
                "Seconds to hold the answer until there is a message.",
              ),
            ),
          ],
        },
      },
      [ROUTES.status]: {
        get: operation("status", "Whether somebody is there", { 200: json("StatusResponse") }, [
          "origin_not_allowed",
        ]),
      },
      [ROUTES.health]: {
        get: operation("healthz", "Whether the process lives", { 200: { description: "It does" } }, []),
      },
      [ROUTES.ready]: {
        get: operation(
          "readyz",
          "Whether visitors should be sent here",
          { 200: readiness("Ready"), 503: readiness("Not ready") },
          [],
        ),
      },
    },
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        sessionToken: {
          type: "http",
          scheme: "bearer",
          description: "As submit, messages and the socket hand it out.",
        },
      },
    },
  };
}

const SUBMIT_PROBLEMS: readonly ProblemCode[] = [
  "invalid_request",
  "session_token_required",
  "session_token_invalid",
  "identity_invalid",
  "origin_not_allowed",
  "challenge_required",
  "challenge_invalid",
  "session_not_found",
  "client_message_id_reused",
  "session_closed",
  "payload_too_large",
  "unsupported_media_type",
  "rate_limited",
  "internal",
  "upstream_rejected",
  "upstream_unavailable",
  "overloaded",
  "draining",
  "upstream_timeout",
];

const MESSAGES_PROBLEMS: readonly ProblemCode[] = [
  "invalid_request",
  "session_token_required",
  "session_token_invalid",
  "origin_not_allowed",
  "session_not_found",
  "rate_limited",
  "internal",
  "upstream_rejected",
  "upstream_unavailable",
  "overloaded",
  "draining",
  "upstream_timeout",
];

function operation(
  operationId: string,
  summary: string,
  responses: Readonly<Record<number, JsonSchema>>,
  problems: readonly ProblemCode[],
): JsonSchema {
  return { operationId, summary, responses: { ...responses, ...problemResponses(problems) } };
}

function json(schema: string, description = "The answer"): JsonSchema {
  return { description, content: { "application/json": { schema: schemaRef(schema) } } };
}

function readiness(description: string): JsonSchema {
  const checks = { type: "object", additionalProperties: { enum: ["ok", "degraded", "down"] } };
  const schema = {
    type: "object",
    required: ["ready", "checks"],
    properties: { ready: { type: "boolean" }, checks },
  };
  return { description, content: { "application/json": { schema } } };
}

/** One answer a status; its description names the codes. */
function problemResponses(codes: readonly ProblemCode[]): Readonly<Record<number, JsonSchema>> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const response = (codesOfStatus: readonly ProblemCode[]): JsonSchema => ({
    description: codesOfStatus.map((code) => `\`${code}\``).join(", "),
    content: { "application/problem+json": { schema: schemaRef("Problem") } },
  });
  return Object.fromEntries(
    [...byStatus].map(([status, codesOfStatus]) => [status, response(codesOfStatus)]),
  );
}

function placedParameter(place: string, schema: JsonSchema, description: string): JsonSchema {
  const [where = "query", name = place] = place.split(":");
  return parameter(where, name, schema, description);
}

function parameter(where: string, name: string, schema: JsonSchema, description: string): JsonSchema {
  return { in: where, name, schema, description };
}
