export { createMailooClient } from "./create-mailoo-client.ts";
export {
  type BudgetLoad,
  type ListQuery,
  type MailooClient,
  type NewIntegration,
  type OutgoingMessage,
  SEND_START_MS,
  type Sender,
  type SentMessage,
  type SessionRef,
  type UpstreamHealth,
  type UpstreamLoad,
  type VisitorSocket,
  type VisitorSocketClosed,
  type VisitorSocketListener,
} from "./mailoo-client.ts";
export { MailooError, type MailooFailure } from "./mailoo-error.ts";
export {
  DEFAULT_UPSTREAM_LIMITS,
  DEFAULT_UPSTREAM_TIMEOUTS,
  type MailooClientOptions,
  type UpstreamLimits,
  type UpstreamTimeouts,
} from "./mailoo-options.ts";
