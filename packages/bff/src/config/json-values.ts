import { DEFAULT_BASE_PATH, ROUTES } from "@mailoo-chat/protocol";
import { z } from "zod";

/**
 * A JSON text that `schema` validates. Each issue begins with its path in the JSON.
 *
 * @param separator between the keys of a path
 */
function jsonText<T>(schema: z.ZodType<T>, separator = ".") {
  return z.string().transform((json, context): T => {
    const report = (message: string) => context.addIssue({ code: "custom", message });
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (error) {
      report(`must be JSON, without comments and without a comma after the last entry${placeOf(error)}`);
      return z.NEVER;
    }
    for (const keys of findRepeatedKeys(json)) report(`${keys.join(separator)}: ${REPEATED}`);
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      report(`${issue.path.join(separator) || "the value"}: ${faultOf(issue)}`);
    return z.NEVER;
  });
}

/** Only the position of a syntax error, because its message may quote a secret. */
function placeOf(error: unknown): string {
  return / \(line \d+ column \d+\)/.exec(error instanceof Error ? error.message : "")?.[0] ?? "";
}

const REPEATED = "is given more than once";

/**
 * The paths of duplicate keys in a JSON text. `JSON.parse` silently keeps the last value.
 *
 * @param json valid
 */
function findRepeatedKeys(json: string): readonly (readonly string[])[] {
  const repeated: (readonly string[])[] = [];
  const open: { readonly path: readonly string[]; readonly keys: Set<string> }[] = [];
  let path: readonly string[] = [];
  for (const [token, text = "", colon] of json.matchAll(TOKEN)) {
    const object = open.at(-1);
    if (token === "{") open.push({ path, keys: new Set() });
    else if (token === "}") open.pop();
    else if (object && colon) {
      const key: string = JSON.parse(text);
      path = [...object.path, key];
      if (object.keys.has(key)) repeated.push(path);
      object.keys.add(key);
    }
  }
  return repeated;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/** An invalid key is reported as an issue within the issue. */
function faultOf(issue: z.core.$ZodIssue): string {
  return (issue.code === "invalid_key" && issue.issues[0]?.message) || issue.message;
}

const NO_WEB_URL = "must be an http or https URL, without a user name";

/** A URL that is used as given. */
export const webUrl = z
  .url({ protocol: /^https?$/, error: NO_WEB_URL, abort: true })
  .refine((url) => new URL(url).username + new URL(url).password === "", NO_WEB_URL);

const NO_AWAY_URL = "must be a mailto:, tel: or https: URL";

/** Another way to reach the owner. A scheme alone would be a link without a text. */
export const awayUrl = z
  .url({ protocol: /^(?:mailto|tel|https?)$/, error: NO_AWAY_URL })
  .regex(/:.*[\p{L}\p{N}]/u, NO_AWAY_URL);

/** Texts for visitors in one language. Missing ones are taken from the other variables. */
const languageTexts = z.strictObject({
  welcomeMessage: z.string().max(4000).optional(),
  consent: z.strictObject({ text: z.string().max(2000), url: webUrl.default("") }).optional(),
  suggestions: z.array(z.string().trim().min(1).max(200)).max(5).optional(),
  awayText: z.string().max(2000).optional(),
  awayLink: z.strictObject({ text: z.string().max(200).optional(), url: awayUrl }).optional(),
});

export type LanguageTexts = z.output<typeof languageTexts>;

/** By language tag in lower case; `*` is for every language that has no entry. */
export type Texts = Readonly<Record<string, LanguageTexts>>;

const languageTag = z
  .string()
  .regex(/^(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})*|\*)$/i, "must be a language tag such as de or pt-BR, or *");

/** The value of `MAILOO_CHAT_TEXTS`. */
export const textsValue = jsonText(
  z.record(languageTag, languageTexts).transform((texts, context): Texts => {
    const byTag = new Map<string, LanguageTexts>();
    for (const [given, own] of Object.entries(texts)) {
      const tag = given.toLowerCase();
      if (byTag.has(tag)) context.addIssue({ code: "custom", path: [given], message: REPEATED });
      byTag.set(tag, own);
    }
    return Object.fromEntries(byTag);
  }),
);

/** The texts for a locale: `pt-BR` overrides `pt`, which overrides `*`. */
export function textsFor(texts: Texts, locale = "en"): LanguageTexts {
  const tag = locale.toLowerCase().replaceAll("_", "-");
  const [language = ""] = tag.split("-");
  return { ...texts["*"], ...texts[language], ...texts[tag] };
}

/** Options of the widget on the chat page. */
const pageOptions = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  subtitle: z.string().max(200).optional(),
  avatar: z
    .url({ protocol: /^https$/, error: "must be an https URL" })
    .or(z.string().regex(/^\/(?!\/)/, "must be an https URL, or a path"))
    .optional(),
  accent: z
    .string()
    .regex(/^[\w#(),.%/ -]{1,100}$/, "must be a CSS colour such as #0b5fff")
    .optional(),
  theme: z.enum(["light", "dark", "auto"], "must be light, dark or auto").optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i, "must be a language tag such as de or pt-BR")
    .optional(),
});

export type PageOptions = z.output<typeof pageOptions>;

/** The value of `MAILOO_CHAT_PAGE`. */
export const pageValue = jsonText(pageOptions);

/** Variables by name, as in a chats file. Empty: not set. */
export type Layer = Readonly<Record<string, string>>;

/** Several chats of one server: see `parse-chats.ts`. */
export interface ChatsFile {
  /** For all chats. Takes precedence over the environment. */
  readonly defaults: Layer;
  /** By base path, such as `/support`. */
  readonly chats: Readonly<Record<string, Layer>>;
}

/** Converts a value to its form in the environment: lists separated by commas, objects as JSON. */
const layerValue = z
  .union(
    [z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), z.record(z.string(), z.unknown())],
    "must be a text, a number, true, false, null, a list of texts, or an object",
  )
  .transform((given) => {
    if (given === null) return "";
    if (Array.isArray(given)) return given.join(",");
    return typeof given === "object" ? JSON.stringify(given) : String(given);
  });

const layer = z.record(z.string(), layerValue, "must be an object with variables by name");

const chatPath = z
  .string()
  .regex(/^(?:\/(?!\.\.?(?:\/|$))[\w.~-]+)+$/, "must be a path such as /support, without a slash at its end");

const chatsFile = z.strictObject({
  defaults: layer.default({}),
  chats: z
    .record(chatPath, layer, "must be an object with chats by path, such as /support")
    .refine((chats) => Object.keys(chats).length > 0, "must have at least one chat, such as /support")
    .superRefine((chats, context) => {
      const paths = Object.keys(chats);
      for (const path of paths) {
        const taken = findTaken(path, paths);
        if (taken === undefined) continue;
        const message = `is taken by ${taken}; choose another path`;
        context.addIssue({ code: "custom", path: [path], message });
      }
    }),
});

/** Paths at the root of the standalone server. */
const RESERVED = [
  "/widget.js",
  "/manifest.json",
  "/assets",
  "/v1",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
];

function findTaken(inner: string, paths: readonly string[]): string | undefined {
  // The page of the chat at the default path.
  if (inner === ROUTES.page && paths.includes(DEFAULT_BASE_PATH)) return DEFAULT_BASE_PATH;
  return (
    paths.find((outer) => inner.startsWith(`${outer}/`)) ??
    RESERVED.find((reserved) => inner === reserved || inner.startsWith(`${reserved}/`))
  );
}

/** The value of `MAILOO_CHAT_CHATS`. Its keys are paths and variables, so issues are written like the errors of a chat. */
export const chatsValue = jsonText<ChatsFile>(chatsFile, " ");
