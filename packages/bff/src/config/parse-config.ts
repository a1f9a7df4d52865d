import { readFileSync } from "node:fs";
import type { ZodError } from "zod";
import { toErrorCode } from "../lib/error-code.ts";
import {
  type ConfigWarning,
  findConflicts,
  findProblems,
  findUnknownVariables,
  findWarnings,
  requireApi,
  requireHttpProxies,
  toWarning,
} from "./rules.ts";
import { type BffConfig, egressProxyFor, toConfig } from "./to-config.ts";
import {
  type Environment,
  environmentSchema,
  FILE_VARIABLES,
  VARIABLE_NAMES,
  type VariableName,
} from "./variables.ts";

/** The configuration is not valid. Each of `problems` is a line that begins with the variable's name. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.join("\n")}`);
    this.problems = problems;
  }
}

export interface ParsedConfig {
  readonly config: BffConfig;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads the configuration from environment variables. An empty value counts as not set.
 *
 * @param env @default process.env
 * @param resolvesVisitors A host application identifies its signed-in visitors. @default false
 * @throws ConfigError
 */
export function parseConfig(env: Environment = process.env, resolvesVisitors = false): ParsedConfig {
  const { values, problems } = readValues(env);
  const unknown = findUnknownVariables(env);
  const development = env.NODE_ENV === "development" || env.NODE_ENV === "test";
  const parsed = environmentSchema.safeParse(values);
  if (!parsed.success) problems.push(...toProblems(parsed.error));
  problems.push(...findProblems(values, development));
  if (parsed.success) problems.push(...findConflicts(parsed.data, resolvesVisitors));
  if (!parsed.success || problems.length > 0) {
    // A misspelt name may be why another variable is missing.
    throw new ConfigError([
      ...new Set(withoutConsequences(problems)),
      ...unknown.map(({ name, hint }) => `${name}: ${hint}`),
    ]);
  }
  const config = toConfig(parsed.data, development);
  const { platform, identity, webhook } = config;
  const proxies = [platform.apiProxy, platform.socketProxy, identity.jwksProxy, webhook?.proxy ?? null];
  throwIfAny(requireHttpProxies(proxies));
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
  throwIfAny(requireHttpProxies([apiProxy]));
  return {
    apiBaseUrl,
    apiProxy,
    apiKey: parsed.data.MAILOO_CHAT_INTEGRATION_API_KEY,
    projectUid: parsed.data.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
  };
}

/** The problem of a value; null: it is valid. */
export function faultOf(name: VariableName, value: string): string | null {
  const parsed = environmentSchema.shape[name].safeParse(value);
  return parsed.success ? null : parsed.error.issues.map(({ message }) => message).join(", ");
}

function toProblems({ issues }: ZodError): readonly string[] {
  return issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

interface ReadValues {
  readonly values: Record<string, string>;
  readonly problems: string[];
}

/** The variables that are set, with secrets and long values from their files. */
export function readValues(env: Environment): ReadValues {
  const { values, problems } = readFiles(env);
  for (const name of [...VARIABLE_NAMES, "NODE_ENV"]) {
    const value = values[name];
    if (value === undefined || TEXTS.has(name) || !isQuoted(value)) continue;
    problems.push(
      `${name}: is given with its quotes, as docker's --env-file passes them on; write the value without quotes`,
    );
    // Prevents a second problem for the value itself.
    values[name] = value.slice(1, -1);
  }
  return { values, problems };
}

/** Reads each `NAME_FILE` into `NAME`, and leaves empty values out. */
export function readFiles(env: Environment): ReadValues {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  for (const name of FILE_VARIABLES) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) {
      problems.push(`${name}: is given both directly and by ${name}_FILE; leave one of them out`);
      continue;
    }
    try {
      const text = readFileSync(file, "utf8").trim();
      if (text === "") problems.push(`${name}_FILE: ${file} is empty`);
      else values[name] = text;
    } catch (error) {
      // ENOENT: there is no such file. EACCES: this user may not read it. EISDIR: it is a folder.
      problems.push(`${name}_FILE: ${file} cannot be read (${toErrorCode(error)})`);
    }
  }
  return { values, problems };
}

/** Does not also report a variable as missing if its file cannot be read. */
function withoutConsequences(problems: readonly string[]): readonly string[] {
  const unread = FILE_VARIABLES.filter((name) => problems.some((text) => text.startsWith(`${name}_FILE: `)));
  return problems.filter((text) => !unread.some((name) => text.startsWith(`${name}: `)));
}

/** Texts for visitors may be in quotes. */
const TEXTS: ReadonlySet<string> = new Set([
  "MAILOO_CHAT_WELCOME_MESSAGE",
  "MAILOO_CHAT_CONSENT_TEXT",
  "MAILOO_CHAT_AWAY_TEXT",
]);

function isQuoted(value: string): boolean {
  const [first] = value;
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first);
}
