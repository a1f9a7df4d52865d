import { type Locale, launcherLabel } from "./labels.ts";

/** The first shipped locale among the wanted tags; English if there is none. */
export function pickLocale(wanted: readonly unknown[]): Locale {
  return wanted.map((tag) => toShipped(parseTag(tag))).find(Boolean) ?? "en";
}

/** Undefined for what is no tag. Systems write tags in forms that `Intl` does not take: `en_US`, `en-US@posix`. */
export function parseTag(tag: unknown): Intl.Locale | undefined {
  try {
    return new Intl.Locale(`${tag}`.replace(/[.@].*/, "").replaceAll("_", "-"));
  } catch {
    return undefined;
  }
}

/** The shipped locale in a tag's language. Chinese is told by its script, Portuguese by its region. */
export function toShipped(tag: Intl.Locale | undefined): Locale | undefined {
  const language = tag?.language.replace(/^n[on]$/, "nb");
  const script = tag?.maximize().script;
  const locale =
    language === "zh"
      ? `zh-${script === "Hant" ? "TW" : "CN"}`
      : language === "pt" && tag?.region === "BR"
        ? "pt-BR"
        : language;
  return locale && launcherLabel(locale) ? (locale as Locale) : undefined;
}
