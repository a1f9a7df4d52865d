export type { Dialect, DialectName, DialectSetting } from "./dialect/dialect.ts";
export { DIALECTS } from "./dialect/dialect.ts";
export type { FaultPatch, FaultSettings, Times } from "./faults/fault-settings.ts";
export type { RouteStats } from "./http/request-stats.ts";
export type { Route } from "./http/routes.ts";
export type {
  ChatSession,
  Integration,
  IntegrationConfig,
  Presence,
  Sender,
  SessionSummary,
  StoredMessage,
} from "./platform/models.ts";
export type { ExtraKey } from "./platform/plant-seed.ts";
export type { Scope } from "./platform/scopes.ts";
export type {
  AddMessagesOptions,
  Sandbox,
  SandboxOptions,
  SandboxOwnerOptions,
  SandboxStats,
} from "./sandbox.ts";
export { SEED, SEED_ALLOWED_ORIGINS } from "./seed.ts";
export { startSandbox } from "./start-sandbox.ts";
