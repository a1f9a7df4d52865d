import { parseOfficeHours } from "../lib/office-hours.ts";
import { isLoopback } from "./loopback.ts";
import { type EnvironmentValues, toList } from "./variables.ts";

/** Rules that concern several variables. */
export function findProblems(values: Readonly<Record<string, string>>, development: boolean): string[] {
  const problems = requireApi(values);
  const origins = values.MAILOO_CHAT_ALLOWED_ORIGINS;
  if (!development) {
    if (origins === undefined) {
      problems.push(
        "MAILOO_CHAT_ALLOWED_ORIGINS: is required; list the origins of the pages that show the chat",
      );
    }
    if (values.MAILOO_CHAT_SESSION_SECRET === undefined) {
      problems.push("MAILOO_CHAT_SESSION_SECRET: is required; make one with: openssl rand -base64 48");
    }
  }
  if (origins !== undefined && toList(origins).length === 0) {
    problems.push("MAILOO_CHAT_ALLOWED_ORIGINS: must list at least one origin");
  }
  const hours = values.MAILOO_CHAT_HOURS;
  if (hours !== undefined && !parseOfficeHours(hours, "UTC")) {
    problems.push("MAILOO_CHAT_HOURS: must be days and times such as Mon-Fri 09:00-17:00");
  }
  problems.push(...requireOwnSecret(values));
  if (values.MAILOO_CHAT_CONSENT_URL !== undefined && values.MAILOO_CHAT_CONSENT_TEXT === undefined) {
    problems.push("MAILOO_CHAT_CONSENT_TEXT: is required if MAILOO_CHAT_CONSENT_URL is set");
  }
  problems.push(...requireSafeWebhook(values, development));
  return problems;
}

function requireSafeWebhook(values: Readonly<Record<string, string>>, development: boolean): string[] {
  const url = values.MAILOO_CHAT_WEBHOOK_URL;
  if (url === undefined) return [];
  const problems: string[] = [];
  if (values.MAILOO_CHAT_WEBHOOK_SECRET === undefined) {
    problems.push(
      'MAILOO_CHAT_WEBHOOK_SECRET: is required if MAILOO_CHAT_WEBHOOK_URL is set; make one with: echo "whsec_$(openssl rand -base64 32)"',
    );
  }
  if (!development && URL.canParse(url) && new URL(url).protocol === "http:" && !isLoopback(url)) {
    problems.push("MAILOO_CHAT_WEBHOOK_URL: must be https, unless the receiver is on this machine");
  }
  return problems;
}

/** The secrets that others know must not sign session tokens. */
function requireOwnSecret(values: Readonly<Record<string, string>>): string[] {
  const sessionSecrets = toList(values.MAILOO_CHAT_SESSION_SECRET ?? "");
  const secretsOf = {
    MAILOO_CHAT_IDENTITY_SECRET: [values.MAILOO_CHAT_IDENTITY_SECRET],
    MAILOO_CHAT_INTEGRATION_API_KEY: [values.MAILOO_CHAT_INTEGRATION_API_KEY],
    MAILOO_CHAT_WEBHOOK_SECRET: toList(values.MAILOO_CHAT_WEBHOOK_SECRET ?? ""),
  };
  return Object.entries(secretsOf)
    .filter(([, secrets]) => secrets.some((secret) => sessionSecrets.includes(secret ?? "")))
    .map(([name]) => `MAILOO_CHAT_SESSION_SECRET: must differ from ${name}`);
}

export function requireApi(values: Readonly<Record<string, string>>): string[] {
  return values.MAILOO_CHAT_INTEGRATION_API === undefined && values.API_BASE_URL === undefined
    ? ["MAILOO_CHAT_INTEGRATION_API: is required; the URL of the platform, such as https://api.example.com"]
    : [];
}

/** @param resolvesVisitors A host application names its signed-in visitors. */
export function requireVerifiedVisitors(values: EnvironmentValues, resolvesVisitors: boolean): string[] {
  const verifiesTokens =
    (values.MAILOO_CHAT_IDENTITY_SECRET ?? values.MAILOO_CHAT_IDENTITY_JWKS_URL) !== undefined;
  return !values.MAILOO_CHAT_VISITOR_SESSIONS || resolvesVisitors || verifiesTokens
    ? []
    : [
        "MAILOO_CHAT_VISITOR_SESSIONS: needs MAILOO_CHAT_IDENTITY_SECRET or MAILOO_CHAT_IDENTITY_JWKS_URL, to know who the visitor is",
      ];
}
