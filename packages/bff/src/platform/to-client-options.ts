import type { BffConfig } from "../config/to-config.ts";
import type { MailooClientOptions } from "./options.ts";

/** How the platform is reached, and how often. */
export function toClientOptions({ platform, limits }: BffConfig) {
  return {
    apiUrl: platform.apiBaseUrl,
    apiProxy: platform.apiProxy,
    socketOrigin: platform.socketBaseUrl,
    socketProxy: platform.socketProxy,
    apiKey: platform.apiKey,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    limits: { sends: limits.upstreamSends, reads: limits.upstreamReads },
  } satisfies Partial<MailooClientOptions>;
}
