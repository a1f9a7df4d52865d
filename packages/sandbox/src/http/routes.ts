/** Every way into the platform, by the name that fault switches and statistics use. */
export const ROUTES = [
  "createIntegration",
  "send",
  "legacySend",
  "list",
  "status",
  "sessions",
  "history",
  "reply",
  "visitorSocket",
  "ownerSocket",
] as const;

export type Route = (typeof ROUTES)[number];

/** What a site's server calls with an API key; request faults hit these unless told otherwise. */
export const WEBHOOK_ROUTES: readonly Route[] = ["createIntegration", "send", "legacySend", "list", "status"];
