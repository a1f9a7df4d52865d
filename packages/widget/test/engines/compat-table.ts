import bcd, { type CompatStatement, type SimpleSupportStatement } from "@mdn/browser-compat-data";
import { OLDEST_ENGINES } from "../../build/oldest-engines.ts";

/**
 * MDN's support data for a feature: `known` to every supported engine, or `new` to at least one of them; null
 * if the table has no feature of that name.
 */
export type Verdict = "known" | "new" | null;

/** A global of every page: `structuredClone`, `Notification`. */
export function ofGlobal(name: string): Verdict {
  return toVerdict([BUILTINS[name], API[name], API.Window?.[name]]);
}

/** A static member, or a member of a global object: `Promise.any`, `navigator.locks`. */
export function ofStatic(owner: string, name: string): Verdict {
  const instance = INSTANCES[owner];
  return toVerdict(
    instance === undefined
      ? [BUILTINS[owner]?.[name], API[owner]?.[`${name}_static`]]
      : [API[instance]?.[name], API.EventTarget?.[name], API.Node?.[name]],
  );
}

/** A member of an object of unknown type: new only if it is new on every interface with a member of that name. */
export function ofMember(name: string): Verdict {
  return toVerdict([...(MEMBERS.get(name) ?? []), API[name]]);
}

export function ofProperty(name: string): Verdict {
  return toVerdict([STYLES.properties?.[name]]);
}

/** A keyword of a property: `clip` of `overflow`. */
export function ofValue(property: string, word: string): Verdict {
  return toVerdict([STYLES.properties?.[property]?.[word]]);
}

/** A function such as `light-dark()`, in any property. */
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

/** The table is a uniform tree: a feature and its sub-features by name. */
type Feature = { readonly __compat?: CompatStatement } & Branch;
interface Branch {
  readonly [name: string]: Feature;
}

// The package's own types allow only fixed names at each level.
const API = bcd.api as unknown as Branch;
const BUILTINS = bcd.javascript.builtins as unknown as Branch;
const STYLES = bcd.css as unknown as Branch;

/** All features by name, regardless of their parent. */
const MEMBERS = new Map<string, Feature[]>();
for (const owner of [API, BUILTINS, BUILTINS.Intl ?? {}].flatMap((branch) => Object.values(branch))) {
  for (const [name, feature] of Object.entries(owner)) {
    MEMBERS.set(name, [...(MEMBERS.get(name) ?? []), feature]);
  }
}

/** The interfaces of global objects. */
const INSTANCES: Readonly<Record<string, string>> = {
  document: "Document",
  history: "History",
  localStorage: "Storage",
  location: "Location",
  navigator: "Navigator",
  performance: "Performance",
  sessionStorage: "Storage",
};

/** The table's names of the supported engines, with the oldest version of each. */
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
    const statements = support[engine] as SimpleSupportStatement | SimpleSupportStatement[] | undefined;
    return [statements ?? []].flat().some((statement) => isPlain(statement) && since(statement) <= version);
  });
}

/** Supported without a flag and without a prefix. */
function isPlain({ flags, prefix, alternative_name }: SimpleSupportStatement): boolean {
  return !flags && !prefix && !alternative_name;
}

/** "≤18" counts as 18; "preview" and `false` count as unsupported. */
function since({ version_added }: SimpleSupportStatement): number {
  return Number.parseFloat(String(version_added).replace("≤", "")) || Number.POSITIVE_INFINITY;
}
