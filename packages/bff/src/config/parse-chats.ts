import { hash } from "node:crypto";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import type { ChatsFile, Layer } from "./json-values.ts";
import { ConfigError, parseConfig, readValues } from "./parse-config.ts";
import type { ConfigWarning } from "./rules.ts";
import type { BffConfig } from "./to-config.ts";
import {
  type Environment,
  environmentSchema,
  FILE_VARIABLES,
  findSimilarName,
  VARIABLE_NAMES,
  VARIABLES_OF_SERVER,
} from "./variables.ts";

/** A chat of this server. */
export interface ServedChat {
  /** Its base path, such as `/support`. */
  readonly path: string;
  /** Null: the only chat, configured by the environment alone. */
  readonly name: string | null;
  readonly config: BffConfig;
}

export interface ParsedChats {
  /** Variables that concern the server are the same in all chats. */
  readonly chats: readonly [ServedChat, ...ServedChat[]];
  readonly warnings: readonly ChatWarning[];
}

export interface ChatWarning extends ConfigWarning {
  /** Null: all. */
  readonly chat: string | null;
}

interface ParseOptions {
  /** A host application identifies its signed-in visitors. @default false */
  readonly resolvesVisitors?: boolean;
  /** Take precedence over everything else. */
  readonly overrides?: Environment;
}

/**
 * Reads this server's chats: one from environment variables or, with `MAILOO_CHAT_CHATS`, several. A chat's own variables
 * take precedence over the file's defaults, which take precedence over the environment.
 *
 * @param env @default process.env
 * @throws ConfigError whose problems begin with the path of the chat, if they concern one
 */
export function parseChats(env: Environment = process.env): ParsedChats {
  const file = readChatsFile(env);
  if (file === null) return parseOnlyChat(env, {});
  const { chats, problems, warnings } = parseEach(file, env, {});
  const count = Object.keys(file.chats).length;
  const [first, ...others] = chats;
  if (problems.length > 0 || first === undefined) throw toConfigError(mergeCommon(problems, count));
  return { chats: [first, ...others], warnings: mergeCommon(warnings, count) };
}

/**
 * Reads the chat that an application serves at `path`. Problems of other chats are ignored.
 *
 * @throws ConfigError
 * @throws TypeError if there are several, but none at this path
 */
export function parseChat(
  env: Environment,
  path: string | undefined,
  options: ParseOptions,
): { readonly chat: ServedChat; readonly warnings: readonly ConfigWarning[] } {
  const file = readChatsFile(env);
  if (file === null) {
    const { chats, warnings } = parseOnlyChat(env, options);
    return { chat: chats[0], warnings };
  }
  if (path === undefined || !Object.hasOwn(file.chats, path)) {
    const paths = Object.keys(file.chats).join(", ");
    throw new TypeError(`basePath: must name one of the chats in MAILOO_CHAT_CHATS: ${paths}`);
  }
  const { chats, problems, warnings } = parseEach(file, env, options);
  const ownProblems = problems.filter((problem) => problem.chat === path);
  const chat = chats.find((other) => other.path === path);
  if (ownProblems.length > 0 || chat === undefined) throw toConfigError(ownProblems);
  return { chat, warnings: warnings.filter((warning) => warning.chat === path) };
}

function parseOnlyChat(env: Environment, { resolvesVisitors, overrides }: ParseOptions): ParsedChats {
  const { config, warnings } = parseConfig({ ...env, ...overrides }, resolvesVisitors);
  return {
    chats: [{ path: DEFAULT_BASE_PATH, name: null, config }],
    warnings: warnings.map((warning) => ({ ...warning, chat: null })),
  };
}

/** The chats of a file that can be parsed, and the problems of the others. */
function parseEach(file: ChatsFile, env: Environment, { resolvesVisitors, overrides }: ParseOptions) {
  const problems: ChatProblem[] = [];
  const warnings: ChatWarning[] = [];
  const chats: ServedChat[] = [];
  const shared = withoutReferred(env, file);
  for (const [path, own] of Object.entries(file.chats)) {
    try {
      const merged = mergeLayers(shared, file.defaults, own, env);
      const parsed = parseConfig({ ...merged, ...overrides }, resolvesVisitors);
      chats.push({ path, name: path, config: parsed.config });
      warnings.push(...parsed.warnings.map((warning) => ({ ...warning, chat: path })));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems.map((message) => ({ message, chat: path })));
    }
  }
  problems.push(...findClashes(chats));
  warnings.push(...findSharedIntegrations(chats));
  return { chats: withNamespaces(chats), problems, warnings };
}

interface ChatProblem {
  /** Begins with the variable's name. */
  readonly message: string;
  readonly chat: string | null;
}

function toConfigError(problems: readonly ChatProblem[]): ConfigError {
  return new ConfigError(
    problems.map(({ chat, message }) => (chat === null ? message : `${chat} ${message}`)),
  );
}

/** Null: there is none. */
function readChatsFile(env: Environment): ChatsFile | null {
  const { values, problems } = readValues(env);
  const ownProblems = problems.filter((problem) => problem.startsWith("MAILOO_CHAT_CHATS"));
  if (ownProblems.length > 0) throw new ConfigError(ownProblems);
  const parsed = environmentSchema.shape.MAILOO_CHAT_CHATS.safeParse(values.MAILOO_CHAT_CHATS);
  if (parsed.success) return parsed.data ?? null;
  throw new ConfigError(parsed.error.issues.map(({ message }) => `MAILOO_CHAT_CHATS: ${message}`));
}

/** The environment without the file's variable, and without the owner's own variables that the file refers to. */
function withoutReferred(env: Environment, { defaults, chats }: ChatsFile): Environment {
  const values = [defaults, ...Object.values(chats)].flatMap((layer) => Object.values(layer));
  const referred = new Set(values.map(toReference));
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !isOfFile(name) && (VARIABLE_NAMES.includes(name) || !referred.has(name)),
    ),
  );
}

/** The environment of one chat. @throws ConfigError */
function mergeLayers(shared: Environment, defaults: Layer, own: Layer, env: Environment): Environment {
  const problems = [...findStrangeNames(defaults, []), ...findStrangeNames(own, VARIABLES_OF_SERVER)];
  let merged = shared;
  for (const layer of [defaults, own]) {
    const resolved = resolveReferences(layer, env);
    problems.push(...resolved.problems);
    merged = lay(resolved.values, merged);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return merged;
}

function findStrangeNames(layer: Layer, ofServer: readonly string[]): string[] {
  return Object.keys(layer).flatMap((name) => {
    if (isOfFile(name)) return [`${name}: cannot be set in the chats file itself`];
    if (ofServer.includes(name.replace(/_FILE$/, "")))
      return [`${name}: concerns the whole server; set it in the environment or in "defaults"`];
    if (VARIABLE_NAMES.includes(name)) return [];
    const similar = findSimilarName(name);
    return [
      `${name}: is not a variable of a chat${similar === undefined ? "" : `; did you mean ${similar}?`}`,
    ];
  });
}

function isOfFile(name: string): boolean {
  return name === "MAILOO_CHAT_CHATS" || name === "MAILOO_CHAT_CHATS_FILE";
}

/**
 * Replaces each value `${NAME}` with that variable of the environment, so that the file need not contain secrets.
 */
function resolveReferences(layer: Layer, env: Environment): { values: Layer; problems: string[] } {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(layer)) {
    const reference = toReference(value);
    const resolved = reference === undefined ? value : env[reference];
    if (resolved === undefined) problems.push(`${name}: refers to \${${reference}}, which is not set`);
    values[name] = resolved ?? "";
  }
  return { values, problems };
}

/** The name in a value `${NAME}`. */
function toReference(value: string): string | undefined {
  return /^\$\{(\w+)\}$/.exec(value)?.[1];
}

/** Variables for the same value. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["MAILOO_CHAT_INTEGRATION_API", "API_BASE_URL"],
  ...FILE_VARIABLES.map((name) => [name, `${name}_FILE`]),
];

/** A variable of the upper layer replaces the lower one and its aliases. */
function lay(upper: Layer, lower: Environment): Environment {
  const replaced = new Set(SYNONYMS.filter((names) => names.some((name) => name in upper)).flat());
  const kept = Object.entries(lower).filter(([name]) => !replaced.has(name));
  return { ...Object.fromEntries(kept), ...upper };
}

/**
 * Prefix of a chat's keys on Redis, by integration: two chats of one integration share their sessions, others share nothing.
 * The chat at the default path has the keys of an only chat, so that its sessions survive when chats are added.
 */
function withNamespaces(chats: readonly ServedChat[]): readonly ServedChat[] {
  const atDefault = chats.find(({ path }) => path === DEFAULT_BASE_PATH);
  return chats.map((chat) => {
    const name = nameOfIntegration(chat.config);
    if (atDefault && nameOfIntegration(atDefault.config) === name) return chat;
    const namespace = hash("sha256", name, "base64url").slice(0, 16);
    return { ...chat, config: { ...chat.config, redisPrefix: `${chat.config.redisPrefix}mc:${namespace}:` } };
  });
}

/** Session tokens name the integration, but not the platform. */
function findClashes(chats: readonly ServedChat[]): ChatProblem[] {
  return chats.flatMap(({ path, config }, index) => {
    const other = chats
      .slice(0, index)
      .find(
        (earlier) =>
          nameOfIntegration(earlier.config) === nameOfIntegration(config) &&
          earlier.config.platform.apiBaseUrl !== config.platform.apiBaseUrl,
      );
    if (other === undefined) return [];
    const message = `MAILOO_CHAT_INTEGRATION_ID: is the same as that of ${other.path}, on another platform; use two servers`;
    return [{ message, chat: path }];
  });
}

/** Two chats may share an integration, but this is rarely intended. */
function findSharedIntegrations(chats: readonly ServedChat[]): ChatWarning[] {
  return [...Map.groupBy(chats, ({ config }) => nameOfIntegration(config)).values()].flatMap(
    ([first, ...others]) =>
      others.map(({ path }) => ({
        chat: path,
        message: `MAILOO_CHAT_INTEGRATION_ID is the same as that of ${first?.path}: the dashboard cannot tell the two chats apart`,
        fix: "Create an integration for each chat, unless you want to answer both in one place.",
      })),
  );
}

function nameOfIntegration({ platform }: BffConfig): string {
  return JSON.stringify([platform.projectUid, platform.integrationId]);
}

/** Merges an item that all chats have into one that names no chat. */
function mergeCommon<Item extends ChatProblem>(items: readonly Item[], count: number): Item[] {
  return [...Map.groupBy(items, ({ message }) => message).values()].flatMap((same) => {
    const [first] = same;
    return first && count > 1 && same.length === count ? [{ ...first, chat: null }] : same;
  });
}
