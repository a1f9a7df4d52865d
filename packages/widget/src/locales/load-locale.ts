import type { Locale } from "../shell/launcher-labels.ts";
import type { Strings } from "./strings.ts";

type LocaleFile = () => Promise<{ readonly default: Strings }>;

/** Spelled out, so that every bundler sees the files. English travels with the code. */
const FILES: Readonly<Partial<Record<Locale, LocaleFile>>> = {
  de: () => import("./de.ts"),
};

/** Null for English, and where the file cannot be had: a chat in English is better than none. */
export async function loadLocale(locale: Locale): Promise<Strings | null> {
  const file = await FILES[locale]?.().catch(() => null);
  return file?.default ?? null;
}
