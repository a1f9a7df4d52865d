/**
 * The development seed: what a fresh sandbox holds, so that a site owner's `.env` for local work needs no set-up.
 * The ids, the key and the welcome text are those of Mailoo's own development seed.
 */
export const SEED = {
  projectUid: "mailoo-website",
  integrationId: "mailoo_dev_chat_integration",
  welcomeMessage: "Hello! This is the Mailoo demo chat.",
  /** Carries both scopes. */
  apiKey: "ml_dev_mailoo_web_chat_key",
  /** Carries `chat.send-message` only. */
  sendOnlyKey: "ml_dev_send_only_key",
  /** Carries `webhook.chat-integration-create` only. */
  createOnlyKey: "ml_dev_create_only_key",
  /** An integration that is not website chat: the chat paths must refuse it. */
  formIntegrationId: "mailoo_dev_form_integration",
  /** The development bypass token for the dashboard. Accepted only while the sandbox is bound to a loopback address. */
  ownerToken: "mailoo-dev-owner-token",
} as const;

/**
 * Origins that the seeded integration allows unless told otherwise: this machine on any port, and the origins that the
 * platform's page uses in its examples, so that its commands work as they stand.
 */
export const SEED_ALLOWED_ORIGINS: readonly string[] = [
  "http://localhost:*",
  "http://127.0.0.1:*",
  "http://[::1]:*",
  "http://*.localhost:*",
  "https://localhost:*",
  "https://127.0.0.1:*",
  "https://example.com",
  "https://*.example.com",
  "https://your-site.com",
];
