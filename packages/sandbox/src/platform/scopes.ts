/** What a restricted API key may be allowed to do, in the platform's own words. */
export const SCOPES = ["webhook.chat-integration-create", "chat.send-message"] as const;

export type Scope = (typeof SCOPES)[number];
