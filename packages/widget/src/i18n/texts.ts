import type { ChatWidgetOptions } from "../api/options.ts";
import { warn } from "../launcher/warn.ts";
import { en } from "./en.ts";
import type { PluralForms, Strings } from "./strings.ts";

/** The texts of one widget: English, the locale's over it, the site's own over both. */
export function toTexts(strings: Strings | null, own: ChatWidgetOptions["strings"]): Strings {
  return { ...en, ...strings, ...parseOwn(own) };
}

/** A text with a number in it, in the locale's digits and in the form that the number asks for. */
export function withNumber(locale: string, text: string | PluralForms, count: number): string {
  const form =
    typeof text === "string" ? text : (text[new Intl.PluralRules(locale).select(count)] ?? text.other);
  return `${form}`.replace("{n}", count.toLocaleString(locale));
}

/** The site's own texts that can be used. An attribute holds JSON. */
function parseOwn(own: unknown): Partial<Strings> {
  try {
    const texts: unknown = typeof own === "string" ? JSON.parse(own) : (own ?? {});
    if (typeof texts !== "object" || texts === null) throw new TypeError("no object of texts");
    return Object.fromEntries(
      Object.entries(texts).filter(([key, text]) => {
        const isUsable =
          key in en &&
          (typeof text === "string" || (key === "openUnread" && typeof Object(text).other === "string"));
        if (!isUsable) warn(`strings.${key}`, text);
        return isUsable;
      }),
    );
  } catch {
    warn("strings", own);
    return {};
  }
}
