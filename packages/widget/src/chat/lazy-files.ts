import type { ClientFiles } from "../client/client-files.ts";

/** The files that are fetched at need, by their names in the build for the script tag. */
export interface LazyFiles extends ClientFiles {
  readonly attention: typeof import("../attention/attention.ts");
  readonly away: typeof import("./away.ts");
  readonly "find-links": typeof import("./find-links.ts");
  readonly "format-text": typeof import("../formatting/format-text.ts");
  readonly "on-accent": typeof import("./on-accent.ts");
  readonly "page-options": typeof import("../page-options/follow-options.ts");
  readonly "solve-challenge": typeof import("./solve-challenge.ts");
  readonly transcript: typeof import("./download-transcript.ts");
}

export type LoadLazy = <Name extends keyof LazyFiles>(name: Name) => Promise<LazyFiles[Name]>;

/** Spelled out, so that every bundler sees the files. */
const FILES: { readonly [Name in keyof LazyFiles]: () => Promise<LazyFiles[Name]> } = {
  attention: () => import("../attention/attention.ts"),
  away: () => import("./away.ts"),
  "find-links": () => import("./find-links.ts"),
  "format-text": () => import("../formatting/format-text.ts"),
  "on-accent": () => import("./on-accent.ts"),
  "page-options": () => import("../page-options/follow-options.ts"),
  "recall-session": () => import("../client/recall-session.ts"),
  "stored-lock": () => import("../client/tabs/stored-lock.ts"),
  "solve-challenge": () => import("./solve-challenge.ts"),
  transcript: () => import("./download-transcript.ts"),
};

/** For those who import the package: their bundler knows where the files are. */
export const loadLazy: LoadLazy = (name) => FILES[name]();
