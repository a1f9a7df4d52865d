import { DEFAULT_BASE_PATH, ROUTES } from "@mailoo-chat/protocol";
import { z } from "zod";

/** Variables by name, as a chats file gives them. Empty: as if it were not set. */
export type Layer = Readonly<Record<string, string>>;

/** Several chats of one server: see `parse-chats.ts`. */
export interface ChatsFile {
  /** For all chats, over the environment. */
  readonly defaults: Layer;
  /** By base path, such as `/support`. */
  readonly chats: Readonly<Record<string, Layer>>;
}

/** Lists and objects are written as the variables have them: separated by commas, and as JSON. */
const value = z
  .union(
    [z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), z.record(z.string(), z.unknown())],
    "must be a text, a number, true, false, null, a list of texts, or an object",
  )
  .transform((given) => {
    if (given === null) return "";
    if (Array.isArray(given)) return given.join(",");
    return typeof given === "object" ? JSON.stringify(given) : String(given);
  });

const layer = z.record(z.string(), value, "must be an object with variables by name");

const path = z
  .string()
  .regex(/^(?:\/(?!\.\.?(?:\/|$))[\w.~-]+)+$/, "must be a path such as /support, without a slash at its end");

const chatsFile = z.strictObject({
  defaults: layer.default({}),
  chats: z
    .record(path, layer, "must be an object with chats by path, such as /support")
    .refine((chats) => Object.keys(chats).length > 0, "must have at least one chat, such as /support")
    .superRefine((chats, context) => {
      const paths = Object.keys(chats);
      for (const inner of paths) {
        const taken = findTaken(inner, paths);
        if (taken === undefined) continue;
        const message = `is taken by ${taken}; choose another path`;
        context.addIssue({ code: "custom", path: [inner], message });
      }
    }),
});

/** What a server of our own has at its root. */
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
  // The page of that chat.
  if (inner === ROUTES.page && paths.includes(DEFAULT_BASE_PATH)) return DEFAULT_BASE_PATH;
  return (
    paths.find((outer) => inner.startsWith(`${outer}/`)) ??
    RESERVED.find((reserved) => inner === reserved || inner.startsWith(`${reserved}/`))
  );
}

/** Reads the JSON of `MAILOO_CHAT_CHATS`, or says what is wrong with it. */
export function parseChatsFile(
  json: string,
): { readonly file: ChatsFile } | { readonly faults: readonly string[] } {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    return { faults: [toSyntaxFault(error)] };
  }
  const parsed = chatsFile.safeParse(given);
  const faults = [...findRepeatedPaths(json), ...(parsed.error?.issues ?? []).map(toFault)];
  return parsed.success && faults.length === 0 ? { file: parsed.data } : { faults };
}

/** Not the whole message, which may quote a secret. */
function toSyntaxFault(error: unknown): string {
  const [place = ""] = / \(line \d+ column \d+\)/.exec(error instanceof Error ? error.message : "") ?? [];
  return `must be JSON, without comments and without a comma after the last entry${place}`;
}

/** Of two equal keys, `JSON.parse` keeps the last. Only the paths of chats begin with a slash. */
function findRepeatedPaths(json: string): string[] {
  const paths = Array.from(json.matchAll(/(?<!\\)"(\/[^"\\]*)"\s*:/g), ([, found = ""]) => found);
  const repeated = paths.filter((found, index) => paths.indexOf(found) < index);
  return Array.from(new Set(repeated), (found) => `chats ${found}: is given more than once`);
}

function toFault(issue: z.core.$ZodIssue): string {
  // An invalid key is reported as an issue within the issue.
  const reason = issue.code === "invalid_key" ? issue.issues[0]?.message : issue.message;
  return `${issue.path.join(" ") || "the value"}: ${reason}`;
}
