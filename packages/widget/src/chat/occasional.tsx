import type { ComponentChild } from "preact";
import { enOccasional } from "../i18n/en-occasional.ts";
import { formatDay } from "../i18n/format-day.ts";
import type { OccasionalStrings } from "../i18n/strings.ts";
import { withNumber } from "../i18n/texts.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import { Icon } from "./icon.tsx";
import css from "./occasional.css?inline";
import type { PartContext } from "./parts.tsx";

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
