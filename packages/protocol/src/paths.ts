/** Where the BFF's routes stand unless it is mounted elsewhere. */
export const DEFAULT_BASE_PATH = "/api/v1/webhooks/chat";

/** Routes below the base path. */
export const ROUTES = {
  config: "/config",
  submit: "/submit",
  messages: "/messages",
  status: "/status",
  socket: "/ws",
  widget: "/widget.js",
  assets: "/assets",
  health: "/healthz",
  ready: "/readyz",
  openapi: "/openapi.json",
  metrics: "/metrics",
} as const;

/** Header forms of `since` and `wait`: a constant URL costs one CORS preflight, not one a poll. */
export const SINCE_HEADER = "Mailoo-Chat-Since";
export const WAIT_HEADER = "Mailoo-Chat-Wait";
