import { z } from "zod";
import type { ChatConfig, PresenceStatus } from "../chat-config.ts";
import type { ChatMessage } from "../chat-message.ts";
import { checkContent } from "../content.ts";
import type {
  MessagePage,
  SessionGrant,
  SessionRequest,
  SessionResponse,
  StatusResponse,
  SubmitRequest,
  SubmitResponse,
} from "../exchanges.ts";
import { CLIENT_MESSAGE_ID_PATTERN, CURSOR_MAX_BYTES, VISITOR_KEY_PATTERN } from "../limits.ts";
import { PROBLEMS, type Problem, type ProblemCode } from "../problem.ts";
import {
  IDENTITY_TOKEN_MAX_UNITS,
  parseVisitorField,
  VISITOR_FIELD_MAX_UNITS,
  type VisitorField,
} from "../visitor-fields.ts";

const isoTime = z.iso.datetime({ offset: true });
const presenceStatus: z.ZodType<PresenceStatus> = z.enum(["online", "away", "unknown"]);
const identifier = z.string().min(1).max(256);

export const chatMessageSchema = z
  .object({
    id: identifier,
    clientMessageId: z.string().regex(CLIENT_MESSAGE_ID_PATTERN).optional(),
    author: z.enum(["visitor", "owner", "system"]),
    authorName: z.string().optional(),
    content: z.string(),
    createdAt: isoTime,
  })
  .meta({ id: "ChatMessage" }) satisfies z.ZodType<Mutable<ChatMessage>>;

/**
 * A message text: trimmed, newlines LF, 1..4000 UTF-16 units, no U+0000, no lone surrogate.
 * A transform: the output is the wire form.
 */
const content = z.string().transform((text, context) => {
  const verdict = checkContent(text);
  if (verdict.ok) return verdict.content;
  context.addIssue({ code: "custom", message: `content is ${verdict.fault}` });
  return z.NEVER;
});

/** An unusable value counts as missing: it never refuses a visitor. */
const visitorField = (field: VisitorField) =>
  z
    .string()
    .max(VISITOR_FIELD_MAX_UNITS[field])
    .optional()
    .catch(undefined)
    .transform((value) => parseVisitorField(field, value));

const visitorClaims = z
  .object({
    name: visitorField("name"),
    email: visitorField("email"),
    token: z
      .string()
      .max(IDENTITY_TOKEN_MAX_UNITS)
      .nullish()
      .transform((token) => token || undefined),
  })
  .nullish()
  .transform((claims) => claims ?? undefined);

/** Unusable values count as missing. */
const context = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).optional().catch(undefined))
  .optional()
  .catch(undefined);

export const submitRequestSchema = z
  .object({
    content,
    clientMessageId: z.string().regex(CLIENT_MESSAGE_ID_PATTERN).optional(),
    attempt: z.int().min(1).max(1_000_000).default(1),
    after: identifier.nullable().default(null),
    visitorKey: z.string().regex(VISITOR_KEY_PATTERN).optional(),
    sessionPublicId: identifier.optional(),
    visitor: visitorClaims,
    context,
    challengeSolution: z.unknown().optional(),
  })
  .meta({ id: "SubmitRequest" }) satisfies z.ZodType<Mutable<SubmitRequest>>;

export const sessionGrantSchema = z
  .object({
    sessionPublicId: identifier,
    token: z.string().min(1),
    expiresAt: isoTime,
  })
  .meta({ id: "SessionGrant" }) satisfies z.ZodType<Mutable<SessionGrant>>;

export const submitResponseSchema = z
  .object({
    message: chatMessageSchema,
    session: sessionGrantSchema,
  })
  .meta({ id: "SubmitResponse" }) satisfies z.ZodType<Mutable<SubmitResponse>>;

export const sessionRequestSchema = z
  .object({
    visitor: visitorClaims,
    leave: z.boolean().default(false),
  })
  .meta({ id: "SessionRequest" }) satisfies z.ZodType<Mutable<SessionRequest>>;

export const sessionResponseSchema = z
  .object({
    session: sessionGrantSchema.nullable(),
    visitor: z.string().nullable(),
  })
  .meta({ id: "SessionResponse" }) satisfies z.ZodType<Mutable<SessionResponse>>;

export const messagePageSchema = z
  .object({
    messages: z.array(chatMessageSchema),
    cursor: z.string().max(CURSOR_MAX_BYTES).startsWith("c1.").nullable(),
    more: z.boolean(),
    truncated: z.boolean(),
    token: z.string().optional(),
  })
  .meta({ id: "MessagePage" }) satisfies z.ZodType<Mutable<MessagePage>>;

export const statusResponseSchema = z
  .object({
    status: presenceStatus,
  })
  .meta({ id: "StatusResponse" }) satisfies z.ZodType<Mutable<StatusResponse>>;

export const chatConfigSchema = z
  .object({
    welcomeMessage: z.string().nullable(),
    status: presenceStatus,
    realtime: z.object({ ws: z.string().nullable(), longPollSeconds: z.number().min(0) }),
    limits: z.object({ contentMax: z.int().min(1) }),
    preChat: z.object({
      fields: z.array(z.object({ name: z.enum(["name", "email"]), required: z.boolean() })),
    }),
    consent: z.object({ text: z.string(), url: z.string() }).nullable(),
    suggestions: z.array(z.string()).max(5).optional(),
    away: z
      .object({
        text: z.string().nullable(),
        backAt: isoTime.nullable(),
        from: isoTime.optional(),
        link: z.object({ text: z.string().nullable(), url: z.string() }).nullable(),
        email: z.enum(["optional", "required"]).optional(),
      })
      .nullish(),
    challenge: z.object({ algorithm: z.string() }).catchall(z.unknown()).nullable(),
    visitorSessions: z.enum(["token", "always"]).optional(),
  })
  .meta({ id: "ChatConfig" }) satisfies z.ZodType<Mutable<ChatConfig>>;

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    retryAfter: z.int().min(0).optional(),
    requestId: z.string(),
    challenge: z.unknown().optional(),
    fields: z.array(z.enum(["name", "email"])).optional(),
  })
  .meta({ id: "Problem" }) satisfies z.ZodType<Mutable<Problem>>;

/** zod's outputs are not readonly and carry `undefined` on optional keys; the models are stricter on both. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> | (undefined extends T[Key] ? undefined : never) }
    : T;
