import { ROUTES } from "@mailoo-chat/protocol";

/** The configuration in the visitor's language. English is what the server takes if none is named. */
export function toConfigUrl(baseUrl: string, locale: string): string {
  return `${baseUrl}${ROUTES.config}${locale === "en" ? "" : `?locale=${locale}`}`;
}
