import "./lib/require-node.ts";

export type { ApplicationSessions, RecalledVisitor } from "./auth/application-sessions.ts";
export type { ApplicationVisitor as VerifiedVisitor } from "./auth/visitor.ts";
export { ConfigError } from "./config/parse-config.ts";
export type { Environment } from "./config/variables.ts";
export { type ChatBff, type ChatBffOptions, type ChatRouter, createChatBff } from "./create-chat-bff.ts";
export type { SendSettlement, Telemetry, UpstreamOperation, WebhookOutcome } from "./lib/telemetry.ts";
export type {
  MessageCreated,
  OwnerMessageCreated,
  SessionStarted,
  VisitorMessageCreated,
  WebhookEvent,
  WebhookEventType,
} from "./lib/webhook-event.ts";
