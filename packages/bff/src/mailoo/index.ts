export { createMailooClient } from "./create-mailoo-client.ts";
export type {
  ListQuery,
  MailooClient,
  NewIntegration,
  OutgoingMessage,
  Sender,
  SentMessage,
  SessionRef,
  UpstreamHealth,
  VisitorSocket,
  VisitorSocketClosed,
  VisitorSocketListener,
} from "./mailoo-client.ts";
export { MailooError, type MailooFailure } from "./mailoo-error.ts";
export {
  DEFAULT_UPSTREAM_LIMITS,
  DEFAULT_UPSTREAM_TIMEOUTS,
  type MailooClientOptions,
  type UpstreamLimits,
  type UpstreamTimeouts,
} from "./mailoo-options.ts";
