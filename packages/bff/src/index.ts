export { type ChatBff, type ChatBffOptions, createChatBff } from "./app.ts";
export { ConfigError, type Environment } from "./config/parse-config.ts";
export type { VerifiedVisitor } from "./http/visitor.ts";
