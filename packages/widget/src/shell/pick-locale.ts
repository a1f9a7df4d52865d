import { LAUNCHER_LABELS, type Locale } from "./launcher-labels.ts";

/** The first shipped locale among the wanted BCP 47 tags; English where there is none. */
export function pickLocale(wanted: readonly (string | undefined)[]): Locale {
  for (const tag of wanted) {
    const locale = tag && toLocale(tag);
    if (locale && Object.hasOwn(LAUNCHER_LABELS, locale)) return locale as Locale;
  }
  return "en";
}

function toLocale(tag: string): string {
  if (/^zh/i.test(tag)) return /hant|tw|hk|mo/i.test(tag) ? "zh-TW" : "zh-CN";
  if (/^pt.br/i.test(tag)) return "pt-BR";
  if (/^n[on]\b/i.test(tag)) return "nb";
  return tag.toLowerCase().split(/[-_]/)[0] as string;
}
