import { CONTENT_MAX_UNITS } from "./limits.ts";

/** Why a text cannot be sent. */
export type ContentFault = "empty" | "too-long" | "forbidden-character";

export type ContentVerdict =
  | { readonly ok: true; readonly content: string }
  | { readonly ok: false; readonly fault: ContentFault };

/** A message text in its one wire form: newlines LF, outer blanks trimmed, nothing else touched. */
export function normaliseContent(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim();
}

/** The same rule in the browser and on the server: what may be sent, and in which form. */
export function checkContent(text: string, maxUnits: number = CONTENT_MAX_UNITS): ContentVerdict {
  const content = normaliseContent(text);
  if (content === "") return { ok: false, fault: "empty" };
  if (content.length > maxUnits) return { ok: false, fault: "too-long" };
  if (FORBIDDEN.test(content)) return { ok: false, fault: "forbidden-character" };
  return { ok: true, content };
}

/**
 * Whether a text shows anything: not only blanks and characters without a shape, such as U+200B, U+2800 or tags. Asked
 * of what a visitor writes; the server takes any content that is not empty after trimming.
 */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * U+0000, and surrogates without their other half: by `u` those that have it are one character. Unlike
 * `String.prototype.isWellFormed`, it is no younger than the oldest browser we promise.
 */
const FORBIDDEN = /[\0\p{Surrogate}]/u;
