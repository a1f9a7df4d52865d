/** The files that are fetched at need, by their names in the build for the script tag. */
export interface LazyFiles {
  readonly away: typeof import("./away.ts");
  readonly "find-links": typeof import("./find-links.ts");
  readonly "format-text": typeof import("../formatting/format-text.ts");
  readonly "page-options": typeof import("../page-options/follow-options.ts");
  readonly "recall-session": typeof import("../client/recall-session.ts");
  readonly "solve-challenge": typeof import("./solve-challenge.ts");
}

export type LoadLazy = <Name extends keyof LazyFiles>(name: Name) => Promise<LazyFiles[Name]>;

/** Spelled out, so that every bundler sees the files. */
const FILES: { readonly [Name in keyof LazyFiles]: () => Promise<LazyFiles[Name]> } = {
  away: () => import("./away.ts"),
  "find-links": () => import("./find-links.ts"),
  "format-text": () => import("../formatting/format-text.ts"),
  "page-options": () => import("../page-options/follow-options.ts"),
  "recall-session": () => import("../client/recall-session.ts"),
  "solve-challenge": () => import("./solve-challenge.ts"),
};

/** For those who import the package: their bundler knows where the files are. */
export const loadLazy: LoadLazy = (name) => FILES[name]();
