import { z } from "zod";

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

/** Reads the JSON of `MAILOO_CHAT_PAGE`, or says what is wrong with it. */
export function parsePageOptions(
  json: string,
): { readonly options: PageOptions } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { fault: "must be JSON" };
  }
  const { success, data, error } = pageOptions.safeParse(value);
  if (success) return { options: data };
  const [issue] = error.issues;
  return { fault: `${issue?.path.join(".") || "the value"}: ${issue?.message}` };
}
