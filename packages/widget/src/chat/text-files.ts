import { isOn } from "../launcher/is-on.ts";
import type { Shell } from "../launcher/shell.ts";
import type { LazyFiles } from "./lazy-files.ts";

export type TextFileName = "find-links" | "format-text";

/** The files that show more in a text than its letters, as far as they are fetched. */
export interface TextFiles extends Partial<Pick<LazyFiles, TextFileName>> {
  /** What has not come by now is not waited for. */
  readonly isLate?: boolean;
}

/** A text that may hold a link. Only then is the file that finds links fetched. */
const MAY_LINK = /:\/\/|www\.|@/i;

/** A text that may be formatted, likewise. */
const MAY_FORMAT = /[*_`]|\\[-.[\]]|\]\(|^[ \t]*(?:-|\d+\.)\s/m;

/** Whether the formatting of a text is to be shown. What visitors write is shown as it is. */
export function isFormatted(text: string, author: string, { options }: Shell): boolean {
  return author !== "visitor" && MAY_FORMAT.test(text) && isOn(options.formatting ?? true);
}

/** The files that a text needs. */
export function toNeeded(text: string, author: string, shell: Shell): readonly TextFileName[] {
  const needed: TextFileName[] = MAY_LINK.test(text) ? ["find-links"] : [];
  return isFormatted(text, author, shell) ? [...needed, "format-text"] : needed;
}

/** A text as a preview or a notification shows it: without the markers of its formatting. */
export async function toPreview(text: string, author: string, shell: Shell): Promise<string> {
  if (!isFormatted(text, author, shell)) return text;
  const file = await shell.load("format-text").catch(() => null);
  return file ? file.toPlainText(text) : text;
}
