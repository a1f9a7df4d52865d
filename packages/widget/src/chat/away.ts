import type { AwayConfig } from "@mailoo-chat/protocol";

// A file of its own, fetched when nobody is there. It imports no code that the core has, too: that would become a further
// file.

const DAY_MS = 24 * 60 * 60_000;
const startOfDay = (epochMs: number) => new Date(epochMs).setHours(0, 0, 0, 0);

const AT = { hour: "numeric", minute: "2-digit" } as const;

/** What the panel says while nobody is there. */
export interface AwayDetails {
  /** "back Monday 09:00"; empty if it is not known when. */
  readonly back: string;
  readonly link: { readonly href: string; readonly label: string; readonly target: string } | null;
}

/** @param text with `{when}` */
export function toAwayDetails(
  { link, ...times }: AwayConfig,
  text: string,
  locale: string,
  nowMs: number,
): AwayDetails {
  return { back: formatBack(times, text, locale, nowMs), link: link && toLink(link) };
}

/** Null if it is no address: no script, whatever the server says. */
function toLink({ text, url }: NonNullable<AwayConfig["link"]>): AwayDetails["link"] {
  const [start, isWeb] = /^(?:mailto:|tel:|(https?:\/\/))/i.exec(url) ?? [];
  if (start === undefined) return null;
  // What follows an email address is for the program that opens it, such as a subject.
  const address = isWeb ? url : url.replace(/\?.*/, "");
  return { href: url, label: text || address.slice(start.length), target: isWeb ? "_blank" : "" };
}

/**
 * "back tomorrow 09:00", in the visitor's time zone; empty if it is not known when, or that time has passed.
 *
 * @param text with `{when}`
 */
export function formatBack(
  { backAt, from }: Pick<AwayConfig, "backAt" | "from">,
  text: string,
  locale: string,
  nowMs: number,
): string {
  const backAtMs = Date.parse(`${backAt}`);
  if (!(backAtMs > nowMs) || Date.parse(`${from}`) > nowMs) return "";
  // Rounded: a day has 23 or 25 hours where the clock changes.
  const days = Math.round((startOfDay(backAtMs) - startOfDay(nowMs)) / DAY_MS);
  const format = new Intl.DateTimeFormat(
    locale,
    days < 7 ? { weekday: "long", ...AT } : { day: "numeric", month: "long", ...AT },
  );
  const day = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
  // In the weekday's place: languages differ in where that is.
  const when = format
    .formatToParts(backAtMs)
    .map(({ type, value }) => (type === "weekday" && days < 2 ? day : value))
    .join("");
  return text.replace("{when}", () => when);
}
