import bcd, { type CompatStatement, type SimpleSupportStatement } from "@mdn/browser-compat-data";
import { OLDEST_ENGINES } from "../../build/oldest-engines.ts";

/**
 * What MDN's table says about a feature: `known` to every engine that is promised, `new` to one of them at least; null
 * where it has none of that name.
 */
export type Verdict = "known" | "new" | null;

/** A variable of every page: `structuredClone`, `Notification`. */
export function ofGlobal(name: string): Verdict {
  return toVerdict([BUILTINS[name], API[name], API.Window?.[name]]);
}

/** What hangs on an interface itself, or on an object that every page has: `Promise.any`, `navigator.locks`. */
export function ofStatic(owner: string, name: string): Verdict {
  const instance = INSTANCES[owner];
  return toVerdict(
    instance === undefined
      ? [BUILTINS[owner]?.[name], API[owner]?.[`${name}_static`]]
      : [API[instance]?.[name], API.EventTarget?.[name], API.Node?.[name]],
  );
}

/** A member of some object, nobody knows of which: new only where it is new on whatever has a member of that name. */
export function ofMember(name: string): Verdict {
  return toVerdict([...(MEMBERS.get(name) ?? []), API[name]]);
}

export function ofProperty(name: string): Verdict {
  return toVerdict([STYLES.properties?.[name]]);
}

/** A word in a property's value: `clip` of `overflow`. */
export function ofValue(property: string, word: string): Verdict {
  return toVerdict([STYLES.properties?.[property]?.[word]]);
}

/** `light-dark()`, wherever it stands. */
export function ofCssFunction(name: string): Verdict {
  return toVerdict([STYLES.types?.[name], ...Object.values(STYLES.types ?? {}).map((type) => type[name])]);
}

export function ofSelector(name: string): Verdict {
  return toVerdict([STYLES.selectors?.[name]]);
}

export function ofAtRule(name: string): Verdict {
  return toVerdict([STYLES["at-rules"]?.[name]]);
}

export function ofMediaFeature(name: string): Verdict {
  return toVerdict([STYLES["at-rules"]?.media?.[name]]);
}

/** The table is a tree of one shape: a feature, and those that belong to it, by their names. */
type Feature = { readonly __compat?: CompatStatement } & Branch;
interface Branch {
  readonly [name: string]: Feature;
}

// Its own types know one name at each level, and deny the rest.
const API = bcd.api as unknown as Branch;
const BUILTINS = bcd.javascript.builtins as unknown as Branch;
const STYLES = bcd.css as unknown as Branch;

/** The features under each name, whatever they belong to. */
const MEMBERS = new Map<string, Feature[]>();
for (const owner of [API, BUILTINS, BUILTINS.Intl ?? {}].flatMap((branch) => Object.values(branch))) {
  for (const [name, feature] of Object.entries(owner)) {
    MEMBERS.set(name, [...(MEMBERS.get(name) ?? []), feature]);
  }
}

/** Interfaces of the objects that every page has. */
const INSTANCES: Readonly<Record<string, string>> = {
  document: "Document",
  history: "History",
  localStorage: "Storage",
  location: "Location",
  navigator: "Navigator",
  performance: "Performance",
  sessionStorage: "Storage",
};

/** The table's names of the promised engines, with the oldest version of each. */
const OLDEST = OLDEST_ENGINES.map((target) => {
  const [, engine = "", version = ""] = /^([a-z]+)([\d.]+)$/.exec(target) ?? [];
  return { engine: engine as keyof CompatStatement["support"], version: Number(version) };
});

function toVerdict(features: readonly (Feature | undefined)[]): Verdict {
  const statements = features.flatMap((feature) => feature?.__compat ?? []);
  if (statements.length === 0) return null;
  return statements.some(isKnown) ? "known" : "new";
}

function isKnown({ support }: CompatStatement): boolean {
  return OLDEST.every(({ engine, version }) => {
    const told = support[engine] as SimpleSupportStatement | SimpleSupportStatement[] | undefined;
    return [told ?? []].flat().some((statement) => isPlain(statement) && since(statement) <= version);
  });
}

/** Not behind a flag, and under its own name. */
function isPlain({ flags, prefix, alternative_name }: SimpleSupportStatement): boolean {
  return !flags && !prefix && !alternative_name;
}

/** "≤18" is from 18 on at the latest; "preview" and `false` are never. */
function since({ version_added }: SimpleSupportStatement): number {
  return Number.parseFloat(String(version_added).replace("≤", "")) || Number.POSITIVE_INFINITY;
}
