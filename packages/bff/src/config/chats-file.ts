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
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(z.string()),
    z.record(z.string(), z.unknown()),
  ])
  .transform((given) => {
    if (given === null) return "";
    if (Array.isArray(given)) return given.join(",");
    return typeof given === "object" ? JSON.stringify(given) : String(given);
  });

const layer = z.record(z.string(), value);

const path = z
  .string()
  .regex(/^(?:\/(?!\.\.?(?:\/|$))[\w.~-]+)+$/, "must be a path such as /support, without a slash at its end");

const chatsFile = z.strictObject({
  defaults: layer.default({}),
  chats: z
    .record(path, layer)
    .refine((chats) => Object.keys(chats).length > 0, "must have at least one chat, such as /support")
    .superRefine((chats, context) => {
      const paths = Object.keys(chats);
      for (const inner of paths) {
        const outer = paths.find((other) => inner.startsWith(`${other}/`));
        const taken =
          outer ?? RESERVED.find((reserved) => inner === reserved || inner.startsWith(`${reserved}/`));
        if (taken === undefined) continue;
        context.addIssue({
          code: "custom",
          path: [inner],
          message: `is taken by ${taken}; choose another path`,
        });
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

/** Reads the JSON of `MAILOO_CHAT_CHATS`, or says what is wrong with it. */
export function parseChatsFile(json: string): { readonly file: ChatsFile } | { readonly fault: string } {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    return { fault: "must be JSON" };
  }
  const parsed = chatsFile.safeParse(given);
  if (parsed.success) return { file: parsed.data };
  const [issue] = parsed.error.issues;
  // An invalid key is reported as an issue within the issue.
  const reason = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  return { fault: `${issue?.path.join(" ") || "the value"}: ${reason}` };
}
