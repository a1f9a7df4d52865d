import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import type { AccessNews } from "./access.ts";

export interface AccessDetails {
  readonly origin: string | null;
  readonly status: "accepted" | 401 | 403;
  /** Cleaned of secrets. */
  readonly platformCode: string | null;
}

/** Tells the operator what the platform thinks of us, and what to do about it. */
export function reportAccess(logger: Logger, news: AccessNews, details: AccessDetails): void {
  switch (news) {
    case "key-refused":
      logger.error(
        details,
        "the platform refuses our key: see that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope chat.send-message; " +
          "until then one call in 30 s tries again",
      );
      return;
    case "key-accepted":
      logger.info("the platform accepts our key again");
      return;
    case "origin-refused":
      logger.warn(
        details,
        "the platform refuses this origin: add it to the integration's allowedOrigins, or take it out of MAILOO_CHAT_ALLOWED_ORIGINS",
      );
      return;
    default:
      assertNever(news);
  }
}
