import { en } from "../locales/en.ts";
import type { PanelStrings, PluralForms, Strings } from "../locales/strings.ts";
import type { ChatWidgetOptions } from "../widget-options.ts";

/** The texts of one widget: English, the locale over it, the site's own over both. */
export type Texts = PanelStrings & Partial<Strings>;

export function toTexts(strings: Strings | null, own: ChatWidgetOptions["strings"]): Texts {
  return { ...en, ...strings, ...parseOwn(own) };
}

/** A text with a number in it, in the locale's digits and in the form that the number asks for. */
export function withNumber(locale: string, text: string | PluralForms, count: number): string {
  const form =
    typeof text === "string" ? text : (text[new Intl.PluralRules(locale).select(count)] ?? text.other);
  return form.replace("{n}", count.toLocaleString(locale));
}

/** An attribute holds JSON; what is no JSON is left out, as any text of the page's may be wrong. */
function parseOwn(own: ChatWidgetOptions["strings"]): Partial<Strings> {
  if (typeof own !== "string") return own ?? {};
  try {
    return JSON.parse(own);
  } catch {
    return {};
  }
}
