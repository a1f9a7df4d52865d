import type { ChatWidgetOptions } from "./options.ts";
import type { ChatWidgetUpdate } from "./widget.ts";

/** What `update()` is given when options are declared anew; null if nothing has changed. `bff` is not among it. */
export function toChanges(before: ChatWidgetOptions, now: ChatWidgetOptions): ChatWidgetUpdate | null {
  const names = Object.keys({ ...before, ...now }) as (keyof ChatWidgetOptions)[];
  const changed = names.filter((name) => name !== "bff" && !isSame(before[name], now[name]));
  return changed.length > 0 ? Object.fromEntries(changed.map((name) => [name, now[name]])) : null;
}

/** Lists and objects are often written in place, and are others at each rendering. An element is one that stays. */
function isSame(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  return (
    !(before instanceof Element || now instanceof Element) && JSON.stringify(before) === JSON.stringify(now)
  );
}
