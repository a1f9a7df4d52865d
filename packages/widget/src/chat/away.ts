import { type AwayConfig, ROUTES } from "@mailoo-chat/protocol";
import type { Shell } from "../launcher/shell.ts";

// A file of its own, fetched when nobody is there, or by pages that are to hide the widget then. It imports no code that
// the core has, too: that would become a further file.

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

const LOOK_EVERY_MS = 60_000;
/** A server that does not answer in this time hides nothing. */
const PATIENCE_MS = 5_000;

/** Ends what was begun for a widget before: an option may change there and back. */
const stops = new WeakMap<Shell, () => void>();

/**
 * Hides the launcher while nobody is there, except from a visitor who has a conversation. It is hidden when this begins.
 *
 * @param show shows it, with what comes with it; called once
 */
export function hideWhileAway(shell: Shell, show: () => void): void {
  const { baseUrl, locale, shadow, root, launcher, signal, hasSession } = shell;
  // As the core asks later: the browser then has the answer.
  const url = `${baseUrl}${ROUTES.config}${locale === "en" ? "" : `?locale=${locale}`}`;
  let timer: ReturnType<typeof setTimeout>;
  let isStopped = false;
  let wasShown = false;

  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
  }

  function setAway(isAway: boolean): void {
    if (isStopped || shell.isEmbedded || shell.options.away !== "hide") return;
    launcher.hidden = isAway && !hasSession() && !root.classList.contains("opened");
    if (!launcher.hidden && !wasShown) show();
    wasShown ||= !launcher.hidden;
  }

  async function look(): Promise<void> {
    // A page that nobody looks at asks nothing.
    setAway(document.hidden ? !!launcher.hidden : await askWhetherAway(url));
    if (!isStopped) timer = setTimeout(look, LOOK_EVERY_MS);
  }

  stops.get(shell)?.();
  stops.set(shell, stop);
  signal.addEventListener("abort", stop);
  // A page's own button may begin a conversation.
  shadow.host.addEventListener("mailoo-chat:session", () => setAway(!!launcher.hidden), { signal });
  void look();
}

async function askWhetherAway(url: string): Promise<boolean> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  try {
    const answer = await Promise.race([fetch(url), late]);
    return ((await answer?.json()) as { status?: unknown } | undefined)?.status === "away";
  } catch {
    return false;
  }
}
