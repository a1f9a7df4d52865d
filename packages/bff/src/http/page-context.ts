import type { ContextValues } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import type { OriginPattern } from "../lib/origins.ts";
import type { FooterEntry } from "../platform/footer.ts";

/** The context shown to the owner, from what a page at this origin reports. */
export type ReadContext = (values: ContextValues | undefined, origin: string) => readonly FooterEntry[];

interface ContextRules {
  /** The names to pass on, in this order. A name that begins with `?` is a key of the page's query string that is kept. */
  readonly names: readonly string[];
  /** The page's host is included, because there may be several. */
  readonly namesHost: boolean;
}

/**
 * Passes on only the values of listed names, shortened and on one line. The values are not verified. Logs each other name
 * once.
 */
export function createContextReader(
  names: readonly string[],
  allowedOrigins: readonly OriginPattern[],
  log: Logger,
): ReadContext {
  const rules = { names, namesHost: allowedOrigins.length > 1 || allowedOrigins[0]?.kind !== "exact" };
  const logged = new Set<string>();

  function warnOf(name: string): void {
    if (names.includes(name) || !PLAIN_NAME.test(name) || logged.has(name) || logged.size >= LOGGED_MAX)
      return;
    logged.add(name);
    log.warn({ name }, "a page sends context that MAILOO_CHAT_CONTEXT does not list: it is dropped");
  }

  return (values, origin) => {
    if (values === undefined) return [];
    for (const name of Object.keys(values)) warnOf(name);
    return names.flatMap((name) => {
      const reported = Object.hasOwn(values, name) && !name.startsWith("?") ? `${values[name] ?? ""}` : "";
      const value = toLine(format(name, reported, rules, origin));
      return value === "" ? [] : [{ label: toLabel(name), value }];
    });
  };
}

/** Limited, because any name can be sent. */
const LOGGED_MAX = 20;
/** A name that is not a plain word may be data, and is not logged. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z_-]{0,39}$/;

function format(name: string, value: string, rules: ContextRules, origin: string): string {
  if (name === "page") return value && formatPage(value, rules, origin);
  if (name === "referrer") return formatReferrer(value, origin);
  return value;
}

function toLine(text: string): string {
  const line = text.replace(BREAKS, " ").trim().replace(LONE_DOT, "-");
  return line.length > VALUE_MAX_UNITS ? `${line.slice(0, VALUE_MAX_UNITS - 1).toWellFormed()}…` : line;
}

const VALUE_MAX_UNITS = 150;

/** Blanks, line breaks, invisible characters, and those that change the text direction. */
const BREAKS = /[\s\p{C}]+/gu;

/** It would look like the end of the value. */
const LONE_DOT = /(?<!\S)·(?!\S)/g;

/** The path, with the listed keys of the query string. */
function formatPage(value: string, { names, namesHost }: ContextRules, origin: string): string {
  const url = toUrl(value, origin);
  if (url === null) return "";
  for (const key of [...url.searchParams.keys()]) {
    if (!names.includes(`?${key}`)) url.searchParams.delete(key);
  }
  return `${namesHost ? url.host : ""}${toReadable(url.pathname)}${toReadable(url.search)}`;
}

/** Host and path of another site. */
function formatReferrer(value: string, origin: string): string {
  const url = toUrl(value);
  if (url === null || url.origin === origin) return "";
  return url.host.replace(/^www\./, "") + (url.pathname === "/" ? "" : toReadable(url.pathname));
}

function toUrl(value: string, base?: string): URL | null {
  if (!URL.canParse(value, base)) return null;
  const url = new URL(value, base);
  return /^https?:$/.test(url.protocol) ? url : null;
}

/** `/caf%C3%A9` as `/café`. */
function toReadable(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

const LABELS = new Map([
  ["page", "Page"],
  ["referrer", "From"],
  ["utm", "Campaign"],
  ["locale", "Language"],
]);

function toLabel(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return LABELS.get(name) ?? words.charAt(0).toUpperCase() + words.slice(1);
}
