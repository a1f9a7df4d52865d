import { hash } from "node:crypto";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import type { ChatsFile, Layer } from "./chats-file.ts";
import { ConfigError } from "./config-error.ts";
import type { ConfigWarning } from "./find-warnings.ts";
import { parseConfig } from "./parse-config.ts";
import { readValues } from "./read-values.ts";
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
  /** Null: the only one, from the environment alone. */
  readonly name: string | null;
  readonly config: BffConfig;
}

export interface ParsedChats {
  /** Those variables that concern the server are the same in all. */
  readonly chats: readonly [ServedChat, ...ServedChat[]];
  readonly warnings: readonly ChatWarning[];
}

export interface ChatWarning extends ConfigWarning {
  /** Null: it concerns all. */
  readonly chat: string | null;
}

/**
 * Reads the chats that this server has: one from environment variables or, with `MAILOO_CHAT_CHATS`, several. A chat's own
 * variables precede the defaults of that file, and these the environment.
 *
 * @param env @default process.env
 * @param resolvesVisitors see `parseConfig`
 * @throws ConfigError whose problems begin with the path of the chat, if they concern one
 */
export function parseChats(env: Environment = process.env, resolvesVisitors = false): ParsedChats {
  const file = readChatsFile(env);
  if (file === null) {
    const { config, warnings } = parseConfig(env, resolvesVisitors);
    return {
      chats: [{ path: DEFAULT_BASE_PATH, name: null, config }],
      warnings: warnings.map((warning) => ({ ...warning, chat: null })),
    };
  }
  const problems: ChatProblem[] = [];
  const warnings: ChatWarning[] = [];
  const chats: ServedChat[] = [];
  for (const [path, own] of Object.entries(file.chats)) {
    try {
      const parsed = parseConfig(mergeLayers(env, file.defaults, own), resolvesVisitors);
      chats.push({ path, name: path, config: withNamespace(parsed.config) });
      warnings.push(...parsed.warnings.map((warning) => ({ ...warning, chat: path })));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems.map((text) => ({ text, chat: path })));
    }
  }
  problems.push(...findClashes(chats));
  warnings.push(...findInheritedIntegrations(chats, file));
  const count = Object.keys(file.chats).length;
  const [first, ...others] = chats;
  if (problems.length > 0 || first === undefined) {
    const merged = mergeCommon(problems, ({ text }) => text, count);
    throw new ConfigError(merged.map(({ chat, text }) => (chat === null ? text : `${chat} ${text}`)));
  }
  return { chats: [first, ...others], warnings: mergeCommon(warnings, ({ message }) => message, count) };
}

interface ChatProblem {
  readonly text: string;
  readonly chat: string | null;
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

/** The environment of one chat. @throws ConfigError */
function mergeLayers(env: Environment, defaults: Layer, own: Layer): Environment {
  const problems = [...findStrangeNames(defaults, []), ...findStrangeNames(own, VARIABLES_OF_SERVER)];
  const { MAILOO_CHAT_CHATS: _, MAILOO_CHAT_CHATS_FILE: __, ...shared } = env;
  let merged: Environment = shared;
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
    const base = name.replace(/_FILE$/, "");
    if (ofServer.includes(name) || ofServer.includes(base))
      return [`${name}: concerns the whole server; set it in the environment or in "defaults"`];
    if (VARIABLE_NAMES.includes(name) && base !== "MAILOO_CHAT_CHATS") return [];
    const similar = findSimilarName(name);
    return [
      `${name}: is not a variable of a chat${similar === undefined ? "" : `; did you mean ${similar}?`}`,
    ];
  });
}

/** Replaces each value `${NAME}` with that variable of the environment, so that the file needs to hold no secret. */
function resolveReferences(layer: Layer, env: Environment): { values: Layer; problems: string[] } {
  const problems: string[] = [];
  const resolve = (name: string, value: string) => {
    const [, reference] = /^\$\{(\w+)\}$/.exec(value) ?? [];
    if (reference === undefined) return value;
    const referred = env[reference];
    if (referred === undefined) problems.push(`${name}: refers to \${${reference}}, which is not set`);
    return referred ?? "";
  };
  const values = Object.fromEntries(
    Object.entries(layer).map(([name, value]) => [name, resolve(name, value)]),
  );
  return { values, problems };
}

/** A variable of the upper layer replaces both forms of the lower one: `NAME` and `NAME_FILE`. */
function lay(upper: Layer, lower: Environment): Environment {
  const replaced = new Set<string>(
    FILE_VARIABLES.flatMap((name) =>
      name in upper || `${name}_FILE` in upper ? [name, `${name}_FILE`] : [],
    ),
  );
  const kept = Object.entries(lower).filter(([name]) => !replaced.has(name));
  return { ...Object.fromEntries(kept), ...upper };
}

/** Keys on Redis by integration: two chats of one integration share their sessions, others share nothing. */
function withNamespace(config: BffConfig): BffConfig {
  const namespace = hash("sha256", nameOfIntegration(config), "base64url").slice(0, 16);
  return { ...config, redisPrefix: `${config.redisPrefix}mc:${namespace}:` };
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
    const text = `MAILOO_CHAT_INTEGRATION_ID: is the same as that of ${other.path}, on another platform; use two servers`;
    return [{ text, chat: path }];
  });
}

/** One integration in two chats may be meant, but then each says so. */
function findInheritedIntegrations(chats: readonly ServedChat[], file: ChatsFile): ChatWarning[] {
  const byIntegration = Map.groupBy(chats, ({ config }) => nameOfIntegration(config));
  return chats.flatMap(({ path, config }) => {
    const isShared = (byIntegration.get(nameOfIntegration(config))?.length ?? 0) > 1;
    if (!isShared || file.chats[path]?.MAILOO_CHAT_INTEGRATION_ID !== undefined) return [];
    const message = "MAILOO_CHAT_INTEGRATION_ID is not the chat's own, and another chat has the same";
    return [{ chat: path, message, fix: "Set it in the chat, to the id of its integration." }];
  });
}

function nameOfIntegration({ platform }: BffConfig): string {
  return JSON.stringify([platform.projectUid, platform.integrationId]);
}

/** What all chats say concerns none of them: it is said once. */
function mergeCommon<Item extends { readonly chat: string | null }>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  count: number,
): Item[] {
  return [...Map.groupBy(items, textOf).values()].flatMap((same) => {
    const [first] = same;
    return first && count > 1 && same.length === count ? [{ ...first, chat: null }] : same;
  });
}
