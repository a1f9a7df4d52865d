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
import {
  chatConfigSchema,
  clientFrameSchema,
  messagePageSchema,
  problemSchema,
  serverFrameSchema,
  sessionRequestSchema,
  sessionResponseSchema,
  statusResponseSchema,
  submitRequestSchema,
  submitResponseSchema,
} from "@mailoo-chat/protocol/schemas";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";

export type OpenApiDocument = ReturnType<typeof createDocument>;

/**
 * The HTTP interface as an OpenAPI 3.1 document, generated from the zod schemas with which requests are validated.
 */
export function createOpenApiDocument(version: string): OpenApiDocument {
  const document: ZodOpenApiObject = {
    openapi: "3.1.1",
    info: {
      title: "Mailoo Chat BFF",
      version,
      summary: "The server interface of the Mailoo Chat widget.",
      description:
        "docs/protocol.md has the details: message order, the delivery promise, and the WebSocket, whose frames are the schemas ClientFrame and ServerFrame.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: DEFAULT_BASE_PATH }],
    paths: {
      [ROUTES.config]: {
        get: {
          operationId: "config",
          summary: "Get what the widget needs before the first message",
          responses: { 200: json(chatConfigSchema), ...problems(["origin_not_allowed"]) },
        },
      },
      [ROUTES.submit]: { post: submit },
      [ROUTES.session]: { post: session },
      [ROUTES.messages]: { get: messages },
      [ROUTES.status]: {
        get: {
          operationId: "status",
          summary: "Get whether the owner is online",
          responses: { 200: json(statusResponseSchema), ...problems(["origin_not_allowed"]) },
        },
      },
      [ROUTES.page]: {
        get: {
          operationId: "page",
          summary: "Get a page with only the chat, for links",
          description: "Only if the server's own origin is among the allowed ones.",
          requestParams: { query: z.object({ locale }) },
          responses: {
            200: { description: "The page", content: { "text/html": {} } },
            ...problems(["invalid_request", "not_found"]),
          },
        },
      },
      [ROUTES.health]: {
        get: {
          operationId: "healthz",
          summary: "Check that the process is alive",
          responses: { 200: { description: "The process is alive" } },
        },
      },
      [ROUTES.ready]: {
        get: {
          operationId: "readyz",
          summary: "Check whether a load balancer should send visitors here",
          responses: { 200: json(readinessSchema, "Ready"), 503: json(readinessSchema, "Not ready") },
        },
      },
    },
    components: {
      // For the WebSocket; no path refers to them.
      schemas: { ClientFrame: clientFrameSchema, ServerFrame: serverFrameSchema },
      securitySchemes: {
        sessionToken: {
          type: "http",
          scheme: "bearer",
          description: "The session token that submit, messages and the socket return.",
        },
      },
    },
  };
  return createDocument(document, { override: simplify });
}

/** Later versions may add fields to answers, so additional properties are allowed. A format is not repeated as a pattern. */
const simplify: ZodOpenApiOverride = ({ jsonSchema }) => {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  // Not a format of OpenAPI; the pattern is equivalent.
  if (jsonSchema.format === "starts_with") delete jsonSchema.format;
};

const readinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.enum(["ok", "degraded", "down"])),
  })
  .meta({ id: "Readiness" });

const locale = z.string().optional().meta({ description: "A BCP 47 tag." });

const since = z
  .string()
  .max(CURSOR_MAX_BYTES)
  .optional()
  .meta({ description: "A cursor, or an RFC 3339 time with offset." });

const wait = z.int().min(0).max(LONG_POLL_MAX_SECONDS).optional().meta({
  description:
    "Seconds to hold the answer until there is a message. Larger values are clamped to the maximum.",
  default: 0,
});

/** Common to all requests about a session. */
const COMMON_PROBLEMS = [
  "invalid_request",
  "origin_not_allowed",
  "rate_limited",
  "internal",
  "upstream_unavailable",
  "overloaded",
  "draining",
] as const;

const submit: ZodOpenApiOperationObject = {
  operationId: "submit",
  summary: "Send a visitor's message; the first one opens a session",
  description: `The body has at most ${BODY_MAX_BYTES} bytes, the content at most ${CONTENT_MAX_UNITS} UTF-16 units after trimming.`,
  security: [{}, { sessionToken: [] }],
  requestBody: { required: true, content: { "application/json": { schema: submitRequestSchema } } },
  responses: {
    201: json(submitResponseSchema, "Accepted"),
    200: json(submitResponseSchema, "Accepted by an earlier request"),
    ...problems([
      ...COMMON_PROBLEMS,
      "session_token_required",
      "session_token_invalid",
      "identity_invalid",
      "challenge_required",
      "challenge_invalid",
      "session_not_found",
      "client_message_id_reused",
      "session_closed",
      "payload_too_large",
      "unsupported_media_type",
      "upstream_rejected",
      "upstream_timeout",
    ]),
  },
};

const session: ZodOpenApiOperationObject = {
  operationId: "session",
  summary: "Find the conversation of the signed-in visitor",
  description:
    "Only if `config` has `visitorSessions`. The optional bearer token is for the browser's session; an invalid one is ignored.",
  security: [{}, { sessionToken: [] }],
  requestBody: { required: true, content: { "application/json": { schema: sessionRequestSchema } } },
  responses: {
    200: json(sessionResponseSchema),
    ...problems([
      ...COMMON_PROBLEMS,
      "identity_invalid",
      "not_found",
      "payload_too_large",
      "unsupported_media_type",
    ]),
  },
};

const messages: ZodOpenApiOperationObject = {
  operationId: "messages",
  summary: "List the session's messages since a cursor, at once or as soon as there is one",
  security: [{ sessionToken: [] }],
  requestParams: {
    query: z.object({
      sessionPublicId: z
        .string()
        .optional()
        .meta({ description: "May be left out: the token names the session." }),
      since,
      wait,
    }),
    header: z.object({ [SINCE_HEADER]: since, [WAIT_HEADER]: wait }),
  },
  responses: {
    200: json(messagePageSchema),
    ...problems([
      ...COMMON_PROBLEMS,
      "session_token_required",
      "session_token_invalid",
      "session_not_found",
      "upstream_rejected",
      "upstream_timeout",
    ]),
  },
};

function json(schema: z.ZodType, description = "The answer"): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema } } };
}

/** One response per status; its description lists the codes. */
function problems(codes: readonly ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    Array.from(byStatus, ([status, codesOfStatus]) => [
      status,
      {
        description: codesOfStatus.map((code) => `\`${code}\``).join(", "),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}
