export type { VerifiedVisitor } from "./auth/visitor.ts";
export { ConfigError, type Environment } from "./config/parse-config.ts";
export { type ChatBff, type ChatBffOptions, createChatBff } from "./create-chat-bff.ts";
