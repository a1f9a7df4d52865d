import { CONTENT_MAX_UNITS } from "./limits.ts";

/** Why a text cannot be sent. */
export type ContentFault = "empty" | "too-long" | "forbidden-character";

export type ContentVerdict =
  | { readonly ok: true; readonly content: string }
  | { readonly ok: false; readonly fault: ContentFault };

/** A message text in its wire form: newlines LF, trimmed, otherwise unchanged. */
export function normaliseContent(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim();
}

/** What may be sent, and in which form. The browser and the server use the same rule. */
export function checkContent(text: string, maxUnits: number = CONTENT_MAX_UNITS): ContentVerdict {
  const content = normaliseContent(text);
  if (content === "") return { ok: false, fault: "empty" };
  if (content.length > maxUnits) return { ok: false, fault: "too-long" };
  if (FORBIDDEN.test(content)) return { ok: false, fault: "forbidden-character" };
  return { ok: true, content };
}

/**
 * Whether a text has visible characters: not only blanks and invisible ones, such as U+200B, U+2800 or tags. Checked
 * for what a visitor types; the server accepts any content that is not empty after trimming.
 */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * U+0000 and lone surrogates: with the flag `u`, a surrogate pair is one character. Unlike
 * `String.prototype.isWellFormed`, it works in the oldest supported browsers.
 */
const FORBIDDEN = /[\0\p{Surrogate}]/u;
