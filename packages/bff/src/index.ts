export type { VerifiedVisitor } from "./auth/visitor.ts";
export { ConfigError } from "./config/parse-config.ts";
export type { Environment } from "./config/variables.ts";
export { type ChatBff, type ChatBffOptions, type ChatRouter, createChatBff } from "./create-chat-bff.ts";
export type { SendSettlement, Telemetry, UpstreamOperation } from "./lib/telemetry.ts";
