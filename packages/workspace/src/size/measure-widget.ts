import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import { BUDGETS } from "./budgets.ts";

export interface WidgetSizes {
  /** Each against its budget, in bytes after Brotli. */
  readonly figures: readonly Figure[];
  /** No figure is above its budget. */
  readonly ok: boolean;
}

export interface Figure {
  readonly name: keyof typeof BUDGETS;
  readonly bytes: number;
  readonly budget: number;
}

interface FileSize {
  readonly brotli: number;
}

const MANIFEST = join(REPOSITORY, "packages/widget/dist/embed/manifest.json");

/** Reads what the widget's build has measured. Rejects where it has not been built. */
export async function measureWidget(manifestFile: string = MANIFEST): Promise<WidgetSizes> {
  return toWidgetSizes(parseManifest(JSON.parse(await readFile(manifestFile, "utf8"))));
}

/** Which files count for which figure. `assets/widget-…` is the loader again, `v1/` the same code under other names. */
export function toWidgetSizes(manifest: ReadonlyMap<string, FileSize>): WidgetSizes {
  const files = [...manifest].map(([path, { brotli }]) => ({ name: toName(path), brotli }));
  const weigh = (isCounted: (name: string) => boolean) =>
    files.reduce((sum, { name, brotli }) => (name && isCounted(name) ? sum + brotli : sum), 0);
  const bytes = {
    loader: weigh((name) => name === "widget"),
    core: weigh((name) => name === "widget" || name === "core"),
    allEnglish: weigh((name) => !isLocale(name)),
  };
  const figures = (Object.keys(BUDGETS) as (keyof typeof BUDGETS)[]).map((name) => ({
    name,
    bytes: bytes[name],
    budget: BUDGETS[name],
  }));
  return { figures, ok: figures.every((figure) => figure.bytes > 0 && figure.bytes <= figure.budget) };
}

/** `core` for `assets/core-Ab3dE_.js`; null for a file that is another's copy. */
function toName(path: string): string | null {
  if (path === "widget.js") return "widget";
  const [, name = null] = /^assets\/(.+)-[\w-]{6}\.js$/.exec(path) ?? [];
  return name === "widget" ? null : name;
}

/** The parts' names are words, the locales' are tags: `de`, `pt-BR`. */
function isLocale(name: string): boolean {
  return /^[a-z]{2}(?:-[A-Z]{2})?$/.test(name);
}

function parseManifest(value: unknown): ReadonlyMap<string, FileSize> {
  if (typeof value !== "object" || value === null) throw new TypeError("The manifest is no object.");
  return new Map(
    Object.entries(value).map(([path, size]: [string, { readonly brotli?: unknown }]) => {
      if (typeof size?.brotli !== "number") throw new TypeError(`The manifest has no size for ${path}.`);
      return [path, { brotli: size.brotli }];
    }),
  );
}
