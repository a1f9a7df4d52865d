/** The default base path of the BFF's routes. */
export const DEFAULT_BASE_PATH = "/api/v1/webhooks/chat";

/** `since` and `wait` as headers: a constant URL needs one CORS preflight instead of one per poll. */
export const SINCE_HEADER = "Mailoo-Chat-Since";
export const WAIT_HEADER = "Mailoo-Chat-Wait";
