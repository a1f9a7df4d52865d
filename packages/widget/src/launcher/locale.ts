import { type Locale, launcherLabel } from "./labels.ts";

/** The first shipped locale among the wanted tags; English if there is none. */
export function pickLocale(wanted: readonly unknown[]): Locale {
  const locales = wanted.map((tag) => toLocale(parseTag(tag)));
  return (locales.find((locale) => launcherLabel(`${locale}`)) as Locale | undefined) ?? "en";
}

/**
 * The visitor's own tag of a locale, so that times are written as in their region; the locale itself if there is none.
 * `Intl` takes what is returned.
 */
export function pickRegion(locale: Locale, tags: readonly string[]): string {
  return `${tags.map(parseTag).find((tag) => toLocale(tag) === locale) ?? locale}`;
}

/** Undefined for what is no tag. Systems write tags in forms that `Intl` does not take: `en_US`, `en-US@posix`. */
function parseTag(tag: unknown): Intl.Locale | undefined {
  try {
    return new Intl.Locale(`${tag}`.replace(/[.@].*/, "").replaceAll("_", "-"));
  } catch {
    return undefined;
  }
}

/** The name of that tag's locale here. Chinese depends on the script, Portuguese on the region. */
function toLocale(tag: Intl.Locale | undefined): string | undefined {
  const language = tag?.language.replace(/^n[on]$/, "nb");
  if (language === "zh") return `zh-${tag?.maximize().script === "Hant" ? "TW" : "CN"}`;
  return language === "pt" && tag?.region === "BR" ? "pt-BR" : language;
}
