import { isLoopback } from "./loopback.ts";
import { type BffConfig, DEVELOPMENT_ORIGINS } from "./to-config.ts";
import { type Environment, findSimilarName, VARIABLE_NAMES } from "./variables.ts";

const VARIABLES_PAGE = "docs/bff.md";

/** Something that works, but should be changed. */
export interface ConfigWarning {
  /** Begins with the variable's name. */
  readonly message: string;
  readonly fix: string;
}

export function findWarnings(
  values: Readonly<Record<string, string>>,
  { development, platform, away }: BffConfig,
): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  if (values.MAILOO_CHAT_SESSION_SECRET === undefined) {
    warnings.push({
      message:
        "MAILOO_CHAT_SESSION_SECRET is not set: a random one is used, and sessions end with this process",
      fix: "Before you go live, make one with: openssl rand -base64 48",
    });
  }
  if (values.MAILOO_CHAT_ALLOWED_ORIGINS === undefined) {
    warnings.push({
      message: `MAILOO_CHAT_ALLOWED_ORIGINS is not set: allowing ${DEVELOPMENT_ORIGINS.join(", ")}`,
      fix: "Before you go live, list the origins of the pages that show the chat.",
    });
  }
  if ((values.MAILOO_CHAT_AWAY_EMAIL ?? "off") !== "off" && away.email === null) {
    warnings.push({
      message: "MAILOO_CHAT_AWAY_EMAIL has no effect: MAILOO_CHAT_PRE_CHAT asks for the address already",
      fix: "Leave one of them out.",
    });
  }
  if (values.MAILOO_CHAT_WEBHOOK_SECRET !== undefined && values.MAILOO_CHAT_WEBHOOK_URL === undefined) {
    warnings.push({
      message: "MAILOO_CHAT_WEBHOOK_SECRET is set, but not MAILOO_CHAT_WEBHOOK_URL: no webhooks are sent",
      fix: "Set MAILOO_CHAT_WEBHOOK_URL to the URL of your receiver, or remove the secret.",
    });
  }
  const { apiBaseUrl } = platform;
  if (!development && new URL(apiBaseUrl).protocol === "http:" && !isLoopback(apiBaseUrl)) {
    warnings.push({
      message: "MAILOO_CHAT_INTEGRATION_API is http: the API key travels unencrypted",
      fix: "Use https, unless the platform is in your private network.",
    });
  }
  return warnings;
}

/** A variable that is set and has our prefix, but is not read. */
interface UnknownVariable {
  readonly name: string;
  /** Continues the sentence after the name. */
  readonly hint: string;
}

const PREFIX = "MAILOO_CHAT_";

export function findUnknownVariables(env: Environment): readonly UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !VARIABLE_NAMES.includes(name))
    .map((name) => {
      const intended = findSimilarName(name);
      const question = intended === undefined ? "" : `; did you mean ${intended}?`;
      return { name, hint: `is not a variable of the BFF and is ignored${question}` };
    });
}

export function toWarning({ name, hint }: UnknownVariable): ConfigWarning {
  return {
    message: `${name} ${hint}`,
    fix: `Correct the name, or remove it. The names are in ${VARIABLES_PAGE}.`,
  };
}
