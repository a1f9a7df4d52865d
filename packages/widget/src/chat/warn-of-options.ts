import type { ChatWidgetOptions } from "../api/options.ts";
import { ADDRESS } from "../launcher/base-url.ts";
import type { Shell } from "../launcher/shell.ts";
import { warn } from "../launcher/warn.ts";

/** Every option. Those with few values have these behind them. */
const OPTIONS =
  "bff locale mode=float,inline,page target position=left,right theme=light,dark,auto accent title subtitle avatar radius zIndex offsetX offsetY launcher hideOn away=show,hide startOpen greetings teaser teaserDelayMs suggestions context formatting sound strings"
    .split(" ")
    .map((option) => option.split("="));

/** Warns of values that are not used, and of names that look like a misspelt option. Other `data-` attributes may be anybody's. */
export function warnOfOptions(options: ChatWidgetOptions, pickLocale: Shell["pickLocale"]): void {
  for (const [name, value] of Object.entries(options)) {
    const option = OPTIONS.find(([known]) => known === name);
    const isWrong = option
      ? value &&
        ((name === "bff" && !ADDRESS.test(value)) ||
          // What is not shipped becomes English.
          (name === "locale" && pickLocale([value]) === "en" && !/^(en|auto)/i.test(value)) ||
          (option[1] && !option[1].split(",").includes(value)))
      : OPTIONS.some(([known = ""]) => isMisspelt(name.toLowerCase(), known.toLowerCase()));
    if (isWrong) warn(name, value);
  }
}

/** At most one letter is another one, missing, or too many; or two are swapped. */
function isMisspelt(name: string, known: string): boolean {
  let at = 0;
  while (at < known.length && name[at] === known[at]) at += 1;
  const [rest, wanted] = [name.slice(at), known.slice(at)];
  return (
    rest.slice(1) === wanted.slice(1) ||
    rest.slice(1) === wanted ||
    rest === wanted.slice(1) ||
    rest === `${wanted[1]}${wanted[0]}${wanted.slice(2)}`
  );
}
