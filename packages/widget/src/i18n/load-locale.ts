import type { Locale } from "../launcher/labels.ts";
import type { Strings } from "./strings.ts";

type LocaleFile = () => Promise<{ readonly default: Strings }>;

/** Spelled out, so that every bundler sees the files. English travels with the code. */
const FILES: Readonly<Record<Exclude<Locale, "en">, LocaleFile>> = {
  es: () => import("./es.ts"),
  "pt-BR": () => import("./pt-BR.ts"),
  pt: () => import("./pt.ts"),
  it: () => import("./it.ts"),
  fr: () => import("./fr.ts"),
  nl: () => import("./nl.ts"),
  de: () => import("./de.ts"),
  sv: () => import("./sv.ts"),
  da: () => import("./da.ts"),
  nb: () => import("./nb.ts"),
  fi: () => import("./fi.ts"),
  id: () => import("./id.ts"),
  ro: () => import("./ro.ts"),
  cs: () => import("./cs.ts"),
  sk: () => import("./sk.ts"),
  pl: () => import("./pl.ts"),
  hu: () => import("./hu.ts"),
  tr: () => import("./tr.ts"),
  vi: () => import("./vi.ts"),
  ru: () => import("./ru.ts"),
  uk: () => import("./uk.ts"),
  bg: () => import("./bg.ts"),
  el: () => import("./el.ts"),
  ar: () => import("./ar.ts"),
  fa: () => import("./fa.ts"),
  ur: () => import("./ur.ts"),
  he: () => import("./he.ts"),
  hi: () => import("./hi.ts"),
  th: () => import("./th.ts"),
  "zh-CN": () => import("./zh-CN.ts"),
  "zh-TW": () => import("./zh-TW.ts"),
  ja: () => import("./ja.ts"),
  ko: () => import("./ko.ts"),
};

/** Null for English, and where the file cannot be had: a chat in English is better than none. */
export async function loadLocale(locale: Locale): Promise<Strings | null> {
  if (locale === "en") return null;
  const file = await FILES[locale]().catch(() => null);
  return file?.default ?? null;
}
