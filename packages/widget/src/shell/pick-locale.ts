import { type Locale, launcherLabel } from "./launcher-labels.ts";

/** The first shipped locale among the wanted BCP 47 tags; English where there is none. */
export function pickLocale(wanted: readonly (string | undefined)[]): Locale {
  return (wanted.map(toLocale).find(launcherLabel) ?? "en") as Locale;
}

/** Chinese and Portuguese are told by their region; of the others the language alone counts. */
function toLocale(tag = ""): string {
  if (/^zh/i.test(tag)) return /^(?!.*hans).*(hant|tw|hk|mo)/i.test(tag) ? "zh-TW" : "zh-CN";
  if (/^pt.br/i.test(tag)) return "pt-BR";
  return String(/[a-z]*/.exec(tag.toLowerCase())).replace(/^n[on]$/, "nb");
}
