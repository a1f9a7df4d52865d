import type { Locale } from "../launcher/labels.ts";
import { parseTag, toLocale } from "../launcher/locale.ts";

/**
 * The visitor's own tag of a locale, so that times are written as in their region; the locale itself if there is none.
 * `Intl` takes what is returned.
 */
export function pickRegion(locale: Locale, tags: readonly string[]): string {
  return `${tags.map(parseTag).find((tag) => toLocale(tag) === locale) ?? locale}`;
}
