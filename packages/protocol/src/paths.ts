/** Where the BFF's routes stand unless it is mounted elsewhere. */
export const DEFAULT_BASE_PATH = "/api/v1/webhooks/chat";

/** Header forms of `since` and `wait`: a constant URL costs one CORS preflight, not one a poll. */
export const SINCE_HEADER = "Mailoo-Chat-Since";
export const WAIT_HEADER = "Mailoo-Chat-Wait";
