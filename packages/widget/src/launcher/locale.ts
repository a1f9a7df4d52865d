import { type Locale, launcherLabel } from "./labels.ts";

/** The first shipped locale among the wanted tags; English if there is none. */
export function pickLocale(wanted: readonly unknown[]): Locale {
  return wanted.map((tag) => toLocale(parseTag(tag))).find(isShipped) ?? "en";
}

/** Undefined for what is no tag. Systems write tags in forms that `Intl` does not take: `en_US`, `en-US@posix`. */
export function parseTag(tag: unknown): Intl.Locale | undefined {
  try {
    return new Intl.Locale(`${tag}`.replace(/[.@].*/, "").replaceAll("_", "-"));
  } catch {
    return undefined;
  }
}

/** What a locale of that tag's language would be called here. Chinese is told by its script, Portuguese by its region. */
export function toLocale(tag: Intl.Locale | undefined): string | undefined {
  const language = tag?.language.replace(/^n[on]$/, "nb");
  if (language === "zh") return `zh-${tag?.maximize().script === "Hant" ? "TW" : "CN"}`;
  return language === "pt" && tag?.region === "BR" ? "pt-BR" : language;
}

function isShipped(locale: string | undefined): locale is Locale {
  return !!locale && !!launcherLabel(locale);
}
