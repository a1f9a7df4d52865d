import type { ComponentChild } from "preact";
import { enOccasional } from "../locales/en-occasional.ts";
import type { OccasionalStrings } from "../locales/strings.ts";
import { adoptSheet } from "../ui/adopt-sheet.ts";
import { Icon } from "../ui/icon.tsx";
import type { PartContext } from "../ui/parts.tsx";
import { withNumber } from "../ui/texts.ts";
import { formatDay } from "./format-day.ts";
import css from "./occasional.css?inline";

/**
 * What many conversations never need: an older day, a text near the limit, a reader who is
 * further up, a visitor who writes faster than is allowed.
 */
export interface Occasional {
  readonly t: OccasionalStrings;
  readonly formatDay: typeof formatDay;
  /** What is to be said of the text that the visitor is writing. `left` in UTF-16 units, below 0 where it is too long. */
  viewHint(left: number, isForbidden: boolean): string;
  /** Tells that there is something new below what is in sight. */
  viewPill(toEnd: () => void): ComponentChild;
}

export function createOccasional({ shell, t: texts }: PartContext): Occasional {
  const t = { ...enOccasional, ...texts };
  adoptSheet(shell.shadow, css);
  return {
    t,
    formatDay,
    viewHint(left, isForbidden) {
      if (isForbidden) return t.forbidden;
      return left < 0
        ? withNumber(shell.locale, t.tooLong, -left)
        : withNumber(shell.locale, t.charactersLeft, left);
    },
    viewPill: (toEnd) => (
      <button type="button" class="pill" onClick={toEnd}>
        {t.newMessages}
        <Icon name="down" />
      </button>
    ),
  };
}
