import { z } from "zod";

const NO_AWAY_URL = "must be a mailto:, tel: or https: URL";

/** Where else the owner can be reached. A scheme alone would be a link without a name. */
export const awayUrl = z
  .url({ protocol: /^(?:mailto|tel|https?)$/, error: NO_AWAY_URL })
  .regex(/:.*[\p{L}\p{N}]/u, NO_AWAY_URL);

/** What visitors read, in one language. A text that is absent is that of the other variables. */
const languageTexts = z.strictObject({
  welcomeMessage: z.string().max(4000).optional(),
  consent: z.strictObject({ text: z.string().max(2000), url: z.url().default("") }).optional(),
  suggestions: z.array(z.string().trim().min(1).max(200)).max(5).optional(),
  awayText: z.string().max(2000).optional(),
  awayLink: z.strictObject({ text: z.string().max(200).optional(), url: awayUrl }).optional(),
});

export type LanguageTexts = z.output<typeof languageTexts>;

/** By language tag in lower case; `*` is for every language that has no entry. */
export type Texts = Readonly<Record<string, LanguageTexts>>;

const texts = z.record(
  z
    .string()
    .regex(/^(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})*|\*)$/i, "must be a language tag such as de or pt-BR, or *"),
  languageTexts,
);

/** Reads the JSON of `MAILOO_CHAT_TEXTS`, or says what is wrong with it. */
export function parseTexts(json: string): { readonly texts: Texts } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { fault: "must be JSON" };
  }
  const parsed = texts.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `${issue?.path.join(".") || "the value"}: ${issue?.message}` };
  }
  return {
    texts: Object.fromEntries(Object.entries(parsed.data).map(([tag, own]) => [tag.toLowerCase(), own])),
  };
}

/** The texts for a locale: those of `pt-BR` over those of `pt` over those of `*`. */
export function textsFor(texts: Texts, locale = "en"): LanguageTexts {
  const tag = locale.toLowerCase().replaceAll("_", "-");
  const [language = ""] = tag.split("-");
  return { ...texts["*"], ...texts[language], ...texts[tag] };
}
