import { CONTENT_MAX_UNITS, CONTEXT_MAX_UNITS, type ContextValues } from "@mailoo-chat/protocol";
import { isOn } from "../launcher/is-on.ts";

/**
 * Called with each text before it is stored: what the owner is to be told with it.
 *
 * @param earlier what confirmed texts have told, and then each text that waits.
 * @returns what is new; undefined for nothing.
 */
export type ContextSource = (earlier: readonly Earlier[], content: string) => ContextValues | undefined;

interface Earlier {
  readonly context?: ContextValues | undefined;
  /** Given up: the owner may never see it. */
  readonly failure?: unknown;
}

/** More is left out, and longer values are cut: the request stays small, whatever the page says. */
const MAX_VALUES = 20;
const VALUE_MAX_UNITS = 200;

/**
 * What the page tells the owner of the visitor. The server passes on only what its owner lists.
 *
 * @param parts of `page`, `referrer`, `utm` and `locale`, with commas between them; `?ref` keeps that key of the page's query
 *   string, and any other word is for further values only.
 * @param values further values by name.
 */
export function createContext(parts: string, values: () => ContextValues = () => ({})): ContextSource {
  return (...now) => readContext(parts, values(), ...now);
}

/** The same, for the widget, whose options may change. */
export function readContext(
  parts: string | undefined,
  values: ContextValues,
  earlier: readonly Earlier[],
  content: string,
): ContextValues | undefined {
  // If there is no room for it, the next text takes it along.
  if (!parts || !isOn(`${parts}`.trim()) || content.length > CONTENT_MAX_UNITS - CONTEXT_MAX_UNITS)
    return undefined;
  const told: ContextValues = Object.assign(
    {},
    ...earlier.map(({ context, failure }) => !failure && context),
  );
  const news = Object.entries({ ...readPage(`${parts}`.split(/[\s,]+/)), ...values })
    .filter(([, value]) => /^(?:string|number|boolean)$/.test(typeof value))
    .map(([name, value]) => [name, `${value}`.slice(0, VALUE_MAX_UNITS)] as const)
    .filter(([name, value]) => value && value !== told[name])
    .slice(0, MAX_VALUES);
  return news[0] && Object.fromEntries(news);
}

const UTM = ["source", "medium", "campaign", "term", "content"];

/** Without fragments and without keys of query strings that are not asked for. */
function readPage(parts: readonly string[]): ContextValues {
  if (!globalThis.document) return {};
  const { origin, pathname, searchParams } = new URL(location.href);
  const [referrer = "", referrerOrigin] = /^(https?:\/\/[^/?#]+)[^?#]*/.exec(document.referrer) ?? [];
  const query = [...searchParams].filter(([key]) => parts.includes(`?${key}`));
  const facts: ContextValues = {
    page: origin + pathname + (query[0] ? `?${new URLSearchParams(query)}` : ""),
    referrer: referrerOrigin === origin ? "" : referrer,
    utm: UTM.map((name) => searchParams.get(`utm_${name}`))
      .filter(Boolean)
      .join(" / "),
    locale: navigator.language,
  };
  return Object.fromEntries(Object.entries(facts).filter(([name]) => parts.includes(name)));
}
