import type { ZodError } from "zod";
import { ConfigError } from "./config-error.ts";
import { egressProxyFor, requireHttpProxies } from "./egress-proxy.ts";
import { findProblems, requireApi, requireVerifiedVisitors } from "./find-problems.ts";
import { type ConfigWarning, findUnknownVariables, findWarnings, toWarning } from "./find-warnings.ts";
import { readValues, withoutConsequences } from "./read-values.ts";
import { type BffConfig, toConfig } from "./to-config.ts";
import { type Environment, environmentSchema, type VariableName } from "./variables.ts";

export interface ParsedConfig {
  readonly config: BffConfig;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads the configuration from environment variables. An empty value counts as not set.
 *
 * @param env @default process.env
 * @param resolvesVisitors A host application names its signed-in visitors. @default false
 * @throws ConfigError
 */
export function parseConfig(env: Environment = process.env, resolvesVisitors = false): ParsedConfig {
  const { values, problems } = readValues(env);
  const unknown = findUnknownVariables(env);
  const development = env.NODE_ENV === "development" || env.NODE_ENV === "test";
  const parsed = environmentSchema.safeParse(values);
  if (!parsed.success) problems.push(...toProblems(parsed.error));
  problems.push(...findProblems(values, development));
  if (parsed.success) problems.push(...requireVerifiedVisitors(parsed.data, resolvesVisitors));
  if (!parsed.success || problems.length > 0) {
    // A misspelt name may be the reason why another variable is missing.
    throw new ConfigError([
      ...new Set(withoutConsequences(problems)),
      ...unknown.map(({ name, hint }) => `${name}: ${hint}`),
    ]);
  }
  const config = toConfig(parsed.data, development);
  const { platform, identity, webhook } = config;
  requireHttpProxies([platform.apiProxy, platform.socketProxy, identity.jwksProxy, webhook?.proxy ?? null]);
  return { config, warnings: [...findWarnings(values, config), ...unknown.map(toWarning)] };
}

/** What `create-integration` needs: the platform without an integration. */
export function parsePlatformAccess(env: Environment = process.env) {
  const { values, problems } = readValues(env);
  const parsed = environmentSchema
    .pick({
      MAILOO_CHAT_INTEGRATION_API: true,
      API_BASE_URL: true,
      MAILOO_CHAT_INTEGRATION_API_KEY: true,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: true,
    })
    .safeParse(values);
  if (!parsed.success) problems.push(...toProblems(parsed.error));
  problems.push(...requireApi(values));
  if (!parsed.success || problems.length > 0) throw new ConfigError(withoutConsequences(problems));
  const apiBaseUrl = parsed.data.MAILOO_CHAT_INTEGRATION_API ?? parsed.data.API_BASE_URL ?? "";
  const apiProxy = egressProxyFor(apiBaseUrl);
  requireHttpProxies([apiProxy]);
  return {
    apiBaseUrl,
    apiProxy,
    apiKey: parsed.data.MAILOO_CHAT_INTEGRATION_API_KEY,
    projectUid: parsed.data.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
  };
}

/** What is wrong with a value; null: nothing. */
export function faultOf(name: VariableName, value: string): string | null {
  const parsed = environmentSchema.shape[name].safeParse(value);
  return parsed.success ? null : parsed.error.issues.map(({ message }) => message).join(", ");
}

function toProblems({ issues }: ZodError): readonly string[] {
  return issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
}
