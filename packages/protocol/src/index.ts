export { assertNever } from "./assert-never.ts";
export type { AwayConfig, Challenge, ChatConfig, PreChatField, PresenceStatus } from "./chat-config.ts";
export type { Author, ChatMessage } from "./chat-message.ts";
export * as CLOSE from "./close-codes.ts";
export {
  type ContentFault,
  type ContentVerdict,
  checkContent,
  isVisible,
  normaliseContent,
} from "./content.ts";
export type {
  ContextValues,
  MessagePage,
  SessionGrant,
  SessionRequest,
  SessionResponse,
  StatusResponse,
  SubmitRequest,
  SubmitResponse,
  VisitorClaims,
} from "./exchanges.ts";
export {
  type ClientFrame,
  type HelloFrame,
  type MessageFrame,
  type PageFrame,
  type ReadyFrame,
  type ServerFrame,
  SUBPROTOCOL,
  type UpstreamState,
} from "./frames.ts";
export {
  BODY_MAX_BYTES,
  CLIENT_FRAME_MAX_BYTES,
  CLIENT_MESSAGE_ID_PATTERN,
  CONTENT_MAX_UNITS,
  CONTEXT_MAX_UNITS,
  CURSOR_MAX_BYTES,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  LONG_POLL_MAX_SECONDS,
  OVERLAP_MS,
  PAGE_MAX_MESSAGES,
  READY_TIMEOUT_MS,
  SERVER_FRAME_MAX_BYTES,
  SINCE_MAX_AHEAD_MS,
  VISITOR_KEY_PATTERN,
} from "./limits.ts";
export { DEFAULT_BASE_PATH, SINCE_HEADER, WAIT_HEADER } from "./paths.ts";
export { isProblemCode, PROBLEMS, type Problem, type ProblemCode } from "./problem.ts";
export {
  RECONNECT_SCHEDULE,
  RESEND_SCHEDULE,
  type RetrySchedule,
  retryDelayMs,
  UPSTREAM_SCHEDULE,
} from "./retry-schedule.ts";
export * as ROUTES from "./routes.ts";
export {
  IDENTITY_TOKEN_MAX_UNITS,
  parseVisitorField,
  VISITOR_FIELD_MAX_UNITS,
  type VisitorField,
} from "./visitor-fields.ts";
