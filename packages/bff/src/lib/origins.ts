/**
 * Which pages may talk to the BFF: exact scheme, host and port, or one label in front of a listed host.
 *
 * A browser writes `Origin` in one form only (lower case, punycode, no default port, no path). Whatever is not in
 * that form was not written by a browser and is refused, so that no trick of spelling needs its own rule.
 */
export type OriginPattern =
  | { readonly kind: "exact"; readonly origin: string }
  | {
      readonly kind: "one-label";
      readonly scheme: string;
      /** The host behind the label, with its leading dot and its port. */
      readonly suffix: string;
    };

/** Reads one entry of the allow list, or says what is wrong with it. */
export function parseOriginPattern(text: string): OriginPattern | { readonly fault: string } {
  if (text === "*") return { fault: "* would let every site in; list each origin" };
  const wildcard = /^(https?):\/\/\*\.(.+)$/i.exec(text);
  const url = toUrl(wildcard ? `${wildcard[1]}://${wildcard[2]}` : text);
  if (!url || text.replace("://*.", "://").includes("*")) {
    return { fault: `${text} is not an origin such as https://www.example.com or https://*.example.com` };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return { fault: `${text} is not http or https` };
  if (url.pathname !== "/" || url.search || url.hash || url.username || url.password) {
    return { fault: `${text} must be scheme, host and port only` };
  }
  if (!wildcard) return { kind: "exact", origin: url.origin };
  if (!url.hostname.includes(".") && url.hostname !== "localhost") {
    return { fault: `${text} would let a whole top-level domain in` };
  }
  return { kind: "one-label", scheme: url.protocol, suffix: `.${url.host}` };
}

/** True where `origin`, exactly as the header carries it, is listed. */
export function isOriginAllowed(patterns: readonly OriginPattern[], origin: string): boolean {
  // What is listed word for word is in a browser's form already: the rest alone has to be taken apart.
  if (patterns.some((pattern) => pattern.kind === "exact" && pattern.origin === origin)) return true;
  const url = toUrl(origin);
  if (url?.origin !== origin) return false;
  return patterns.some(
    (pattern) => pattern.kind === "one-label" && hasOneLabelBefore(pattern.suffix, pattern.scheme, url),
  );
}

/** The origin that goes upstream where a request carries none: the first listed without a wildcard. */
export function defaultOrigin(patterns: readonly OriginPattern[]): string {
  const exact = patterns.find((pattern) => pattern.kind === "exact");
  if (exact) return exact.origin;
  const [first] = patterns;
  if (first?.kind !== "one-label") throw new TypeError("at least one allowed origin is needed");
  return `${first.scheme}//www${first.suffix}`;
}

export type OriginVerdict =
  | { readonly allowed: false }
  /** `corsOrigin` is what `Access-Control-Allow-Origin` says; null where the request named no origin. */
  | { readonly allowed: true; readonly corsOrigin: string | null };

/**
 * The rule for a request. Without `Origin` it comes from our own pages or from no browser, unless the browser says
 * by `Sec-Fetch-Site` that another site made it.
 */
export function judgeRequestOrigin(
  patterns: readonly OriginPattern[],
  origin: string | undefined,
  secFetchSite: string | undefined,
): OriginVerdict {
  if (origin !== undefined) {
    return isOriginAllowed(patterns, origin) ? { allowed: true, corsOrigin: origin } : { allowed: false };
  }
  if (secFetchSite === "cross-site" || secFetchSite === "same-site") return { allowed: false };
  return { allowed: true, corsOrigin: null };
}

function hasOneLabelBefore(suffix: string, scheme: string, url: URL): boolean {
  if (url.protocol !== scheme || !url.host.endsWith(suffix)) return false;
  return LABEL.test(url.host.slice(0, -suffix.length));
}

/** As DNS has them. URLs allow more in a host, a star among it. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

function toUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
