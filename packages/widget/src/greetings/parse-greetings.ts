import type { ChatWidgetOptions, Greeting } from "../api/options.ts";
import { isOn } from "../launcher/is-on.ts";

/** A greeting whose conditions have been checked. */
export interface GreetingRule {
  readonly id: string;
  readonly text: string;
  /** Patterns of paths; all if there are none. */
  readonly path: string;
  readonly delayMs: number;
  /** From 0 to 100. */
  readonly scrollPercent: number;
  readonly onExit: boolean;
  /** It waits for `greet(id)`. */
  readonly onCall: boolean;
  /** It opens the panel, where that does not cover the screen. */
  readonly opens: boolean;
  /** It comes again, page by page, to a visitor who has opened it. */
  readonly untilDismissed: boolean;
  /** Under which the browser keeps that the visitor has dismissed or opened it. */
  readonly suffix: string;
}

type Warn = (option: string, value: unknown) => void;

const DEFAULT_TEASER_DELAY_MS = 4000;

/** Timers that are set for longer fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** With each name of a greeting's members, whether a value can be used. */
const CHECKS: Readonly<Record<keyof Greeting, (value: unknown) => boolean>> = {
  id: isText,
  text: isText,
  path: isText,
  afterSeconds: (value) => isBetween(value, LONGEST_DELAY_MS / 1000),
  scrollPercent: (value) => isBetween(value, 100),
  exitIntent: isSwitch,
  open: isSwitch,
};

/** All greetings of a page; the option `teaser` is one of them. What cannot be used is reported by its name, and left out. */
export function parseGreetings(options: ChatWidgetOptions, warn: Warn): readonly GreetingRule[] {
  const rules: GreetingRule[] = [];
  for (const [at, value] of toList(options.greetings, warn).entries()) {
    const rule = toRule(value);
    // A rule with a condition that is not understood might greet where it should not.
    if (rule && !rules.some(({ id }) => id === rule.id)) rules.push(rule);
    else warn(`greetings[${at}]`, value);
  }
  const { teaser } = options;
  if (teaser) rules.push(toTeaser(`${teaser}`, options.teaserDelayMs, warn));
  return rules;
}

function toList(value: unknown, warn: Warn): readonly unknown[] {
  try {
    const list: unknown = typeof value === "string" ? JSON.parse(value || "[]") : (value ?? []);
    if (Array.isArray(list)) return list;
  } catch {
    // No JSON.
  }
  warn("greetings", value);
  return [];
}

function toRule(value: unknown): GreetingRule | undefined {
  const greeting = Object(value) as Greeting;
  const members = Object.entries(greeting).filter(([, member]) => member !== undefined && member !== null);
  const isUsable = members.every(([name, member]) => CHECKS[name as keyof Greeting]?.(member));
  if (!isUsable || !greeting.id || !greeting.text) return undefined;
  const { id, text, path, afterSeconds, scrollPercent, exitIntent, open } = greeting;
  const onExit = isOn(exitIntent);
  return {
    id,
    text: text.trim(),
    path: path ?? "",
    delayMs: Number(afterSeconds ?? 0) * 1000,
    scrollPercent: Number(scrollPercent ?? 0),
    onExit,
    onCall: !onExit && [path, afterSeconds, scrollPercent].every((condition) => (condition ?? null) === null),
    opens: isOn(open),
    untilDismissed: false,
    suffix: `#greeting:${id}`,
  };
}

function toTeaser(text: string, delay: unknown, warn: Warn): GreetingRule {
  const given = `${delay ?? ""}`.trim();
  const isUsable = isBetween(given || 0, LONGEST_DELAY_MS);
  if (!isUsable) warn("teaserDelayMs", delay);
  return {
    id: "",
    text,
    path: "",
    delayMs: given && isUsable ? Number(given) : DEFAULT_TEASER_DELAY_MS,
    scrollPercent: 0,
    onExit: false,
    onCall: false,
    opens: false,
    untilDismissed: true,
    suffix: "#teaser",
  };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/** A number from 0 on, or its text. */
function isBetween(value: unknown, max: number): boolean {
  const number = typeof value === "number" || isText(value) ? Number(value) : Number.NaN;
  return number >= 0 && number <= max;
}

function isSwitch(value: unknown): boolean {
  return typeof value === "boolean" || typeof value === "string";
}
