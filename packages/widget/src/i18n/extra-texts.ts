import { enExtra } from "./en-extra.ts";
import type { ExtraStrings } from "./strings.ts";
import type { Texts } from "./texts.ts";

/** All texts: where the locale is English, the rest of them comes with the part. */
export function toExtraTexts(t: Texts): Texts & ExtraStrings {
  return { ...enExtra, ...t };
}
