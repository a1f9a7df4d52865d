import { enExtra } from "../locales/en-extra.ts";
import type { ExtraStrings } from "../locales/strings.ts";
import type { Texts } from "../ui/texts.ts";

/** All texts: where the locale is English, the rest of them comes with the part. */
export function toExtraTexts(t: Texts): Texts & ExtraStrings {
  return { ...enExtra, ...t };
}
