import type { Cursor } from "./cursor.ts";

/** Where a reader goes on: at a cursor, strictly after a time, or with the newest page. */
export type ResumePoint =
  | { readonly kind: "cursor"; readonly cursor: Cursor }
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "newest" };
