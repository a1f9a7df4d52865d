import { type Locale, launcherLabel } from "./labels.ts";

/** The first shipped locale among the wanted tags; English if there is none. */
export function pickLocale(wanted: readonly unknown[]): Locale {
  const locales = wanted.map((tag) => toLocale(cleanTag(tag)));
  return (locales.find((locale) => launcherLabel(`${locale}`)) as Locale | undefined) ?? "en";
}

/**
 * The visitor's own tag of a locale, so that times are written as in their region; the locale itself if there is none.
 * `Intl` takes what is returned.
 */
export function pickRegion(locale: Locale, tags: readonly string[]): string {
  return tags.map(cleanTag).find((tag) => toLocale(tag) === locale) ?? locale;
}

/** Systems write tags in forms that `Intl` does not take: `en_US`, `en-US@posix`. */
function cleanTag(tag: unknown): string {
  return `${tag}`.replace(/[.@].*/, "").replaceAll("_", "-");
}

/**
 * The name of a tag's locale here; undefined for what is no tag. Chinese depends on the script, Portuguese on the region.
 */
function toLocale(tag: string): string | undefined {
  try {
    const locale = new Intl.Locale(tag);
    const language = locale.language.replace(/^n[on]$/, "nb");
    if (language === "zh") return locale.maximize().script === "Hant" ? "zh-TW" : "zh-CN";
    return language === "pt" && locale.region === "BR" ? "pt-BR" : language;
  } catch {
    return undefined;
  }
}
