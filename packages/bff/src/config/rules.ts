import { parseOfficeHours } from "../lib/office-hours.ts";
import { type BffConfig, DEVELOPMENT_ORIGINS, isLoopback } from "./to-config.ts";
import {
  type Environment,
  type EnvironmentValues,
  findSimilarName,
  toList,
  VARIABLE_NAMES,
} from "./variables.ts";

/** The variables that are set, before they are parsed. */
type RawValues = Readonly<Record<string, string>>;

/** The problems of combinations of variables. Each begins with the variable's name. */
export function findProblems(values: RawValues, development: boolean): string[] {
  const { MAILOO_CHAT_HOURS: hours, MAILOO_CHAT_WEBHOOK_URL: webhookUrl } = values;
  const isUnencryptedWebhook =
    webhookUrl !== undefined &&
    URL.canParse(webhookUrl) &&
    new URL(webhookUrl).protocol === "http:" &&
    !isLoopback(webhookUrl);
  return [
    ...requireApi(values),
    ...problemIf(
      !development && values.MAILOO_CHAT_ALLOWED_ORIGINS === undefined,
      "MAILOO_CHAT_ALLOWED_ORIGINS: is required; list the origins of the pages that show the chat",
    ),
    ...problemIf(
      !development && values.MAILOO_CHAT_SESSION_SECRET === undefined,
      "MAILOO_CHAT_SESSION_SECRET: is required; make one with: openssl rand -base64 48",
    ),
    ...problemIf(
      hours !== undefined && !parseOfficeHours(hours, "UTC"),
      "MAILOO_CHAT_HOURS: must be days and times such as Mon-Fri 09:00-17:00",
    ),
    ...requireOwnSecret(values),
    ...problemIf(
      values.MAILOO_CHAT_CONSENT_URL !== undefined && values.MAILOO_CHAT_CONSENT_TEXT === undefined,
      "MAILOO_CHAT_CONSENT_TEXT: is required if MAILOO_CHAT_CONSENT_URL is set",
    ),
    ...problemIf(
      webhookUrl !== undefined && values.MAILOO_CHAT_WEBHOOK_SECRET === undefined,
      'MAILOO_CHAT_WEBHOOK_SECRET: is required if MAILOO_CHAT_WEBHOOK_URL is set; make one with: echo "whsec_$(openssl rand -base64 32)"',
    ),
    ...problemIf(
      !development && isUnencryptedWebhook,
      "MAILOO_CHAT_WEBHOOK_URL: must be https, unless the receiver is on this machine",
    ),
  ];
}

function problemIf(condition: boolean, problem: string): string[] {
  return condition ? [problem] : [];
}

/** Secrets that are shared with other parties must not sign session tokens. */
function requireOwnSecret(values: RawValues): string[] {
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

export function requireApi(values: RawValues): string[] {
  return problemIf(
    values.MAILOO_CHAT_INTEGRATION_API === undefined && values.API_BASE_URL === undefined,
    "MAILOO_CHAT_INTEGRATION_API: is required; the URL of the platform, such as https://api.example.com",
  );
}

/**
 * The same, for values that are each valid.
 *
 * @param resolvesVisitors A host application identifies its signed-in visitors.
 */
export function findConflicts(values: EnvironmentValues, resolvesVisitors: boolean): string[] {
  const { METRICS_PORT: metricsPort, PORT: port } = values;
  const verifiesTokens =
    values.MAILOO_CHAT_IDENTITY_SECRET !== undefined || values.MAILOO_CHAT_IDENTITY_JWKS_URL !== undefined;
  return [
    ...problemIf(
      values.MAILOO_CHAT_VISITOR_SESSIONS && !resolvesVisitors && !verifiesTokens,
      "MAILOO_CHAT_VISITOR_SESSIONS: needs MAILOO_CHAT_IDENTITY_SECRET or MAILOO_CHAT_IDENTITY_JWKS_URL, to know who the visitor is",
    ),
    ...problemIf(metricsPort === port && port !== 0, "METRICS_PORT: must differ from PORT"),
  ];
}

/** Only http and https proxies are supported, not SOCKS. Null: no proxy. */
export function requireHttpProxies(proxies: readonly (string | null)[]): string[] {
  return problemIf(
    proxies.some((proxy) => proxy !== null && !(URL.canParse(proxy) && /^https?:/.test(proxy))),
    "HTTPS_PROXY: must be an http or https URL, as HTTP_PROXY and ALL_PROXY",
  );
}

/** Something that works, but should be changed. */
export interface ConfigWarning {
  /** Begins with the variable's name. */
  readonly message: string;
  readonly fix: string;
}

export function findWarnings(
  values: RawValues,
  { development, platform, identity, away }: BffConfig,
): ConfigWarning[] {
  const isUnencrypted = (url: string) =>
    !development && new URL(url).protocol === "http:" && !isLoopback(url);
  return [
    ...warningIf(
      values.MAILOO_CHAT_SESSION_SECRET === undefined,
      "MAILOO_CHAT_SESSION_SECRET is not set: a random one is used, and sessions end with this process",
      "Before you go live, make one with: openssl rand -base64 48",
    ),
    ...warningIf(
      values.MAILOO_CHAT_ALLOWED_ORIGINS === undefined,
      `MAILOO_CHAT_ALLOWED_ORIGINS is not set: allowing ${DEVELOPMENT_ORIGINS.join(", ")}`,
      "Before you go live, list the origins of the pages that show the chat.",
    ),
    ...warningIf(
      (values.MAILOO_CHAT_AWAY_EMAIL ?? "off") !== "off" && away.email === null,
      "MAILOO_CHAT_AWAY_EMAIL has no effect: MAILOO_CHAT_PRE_CHAT already asks for the address",
      "Leave one of them out.",
    ),
    ...Object.entries(NEEDED).flatMap(([name, needed]) =>
      warningIf(
        values[name] !== undefined && needed.every((other) => values[other] === undefined),
        `${name} has no effect without ${needed.join(" or ")}`,
        `Set ${needed.join(" or ")}, or remove ${name}.`,
      ),
    ),
    ...warningIf(
      isUnencrypted(platform.apiBaseUrl),
      "MAILOO_CHAT_INTEGRATION_API is http: the API key travels unencrypted",
      "Use https, unless the platform is in your private network.",
    ),
    ...warningIf(
      identity.jwksUrl !== null && isUnencrypted(identity.jwksUrl),
      "MAILOO_CHAT_IDENTITY_JWKS_URL is http: anyone who can change the keys on the way can sign in as any visitor",
      "Use https, unless the keys are served in your private network.",
    ),
  ];
}

/** Variables, each with the variables of which it needs one. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  MAILOO_CHAT_WEBHOOK_SECRET: ["MAILOO_CHAT_WEBHOOK_URL"],
  MAILOO_CHAT_WEBHOOK_EVENTS: ["MAILOO_CHAT_WEBHOOK_URL"],
  MAILOO_CHAT_IDENTITY_ISSUER: ["MAILOO_CHAT_IDENTITY_SECRET", "MAILOO_CHAT_IDENTITY_JWKS_URL"],
};

function warningIf(condition: boolean, message: string, fix: string): ConfigWarning[] {
  return condition ? [{ message, fix }] : [];
}

/** A variable that is set and has our prefix, but is not read. */
interface UnknownVariable {
  readonly name: string;
  /** Continues the sentence after the name. */
  readonly hint: string;
}

export function findUnknownVariables(env: Environment): readonly UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("MAILOO_CHAT_") && !VARIABLE_NAMES.includes(name))
    .map((name) => {
      const intended = findSimilarName(name);
      const question = intended === undefined ? "" : `; did you mean ${intended}?`;
      return { name, hint: `is not a variable of the BFF and is ignored${question}` };
    });
}

export function toWarning({ name, hint }: UnknownVariable): ConfigWarning {
  return {
    message: `${name} ${hint}`,
    fix: "Correct the name, or remove it. The names are in docs/bff.md.",
  };
}
