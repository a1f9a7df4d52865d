/**
 * An entry of the allow list: exact scheme, host and port, or one label in front of a host.
 *
 * Browsers write `Origin` in one form only (lower case, punycode, no default port, no path). Any other form is refused, so
 * other spellings need no rules.
 */
export type OriginPattern =
  | { readonly kind: "exact"; readonly origin: string }
  | {
      readonly kind: "one-label";
      readonly scheme: string;
      /** The host after the label, with its leading dot and its port. */
      readonly suffix: string;
    };

/** Parses an entry of the allow list, or returns the problem. */
export function parseOriginPattern(text: string): OriginPattern | { readonly fault: string } {
  if (text === "*") return { fault: "* would allow every site; list each origin" };
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
    return { fault: `${text} would allow a whole top-level domain` };
  }
  return { kind: "one-label", scheme: url.protocol, suffix: `.${url.host}` };
}

/** The entry as browsers would write it. */
export function toOriginText(pattern: OriginPattern): string {
  return pattern.kind === "exact" ? pattern.origin : `${pattern.scheme}//*${pattern.suffix}`;
}

/** @param origin exactly as in the header */
export function isOriginAllowed(patterns: readonly OriginPattern[], origin: string): boolean {
  // Listed origins are already in the form that browsers write.
  if (patterns.some((pattern) => pattern.kind === "exact" && pattern.origin === origin)) return true;
  const url = toUrl(origin);
  if (url?.origin !== origin) return false;
  return patterns.some(
    (pattern) => pattern.kind === "one-label" && hasOneLabelBefore(pattern.suffix, pattern.scheme, url),
  );
}

/** Sent to the platform if a request has no origin: the first one without a wildcard. */
export function defaultOrigin(patterns: readonly OriginPattern[]): string {
  const exact = patterns.find((pattern) => pattern.kind === "exact");
  if (exact) return exact.origin;
  const [first] = patterns;
  if (first?.kind !== "one-label") throw new TypeError("at least one allowed origin is needed");
  return `${first.scheme}//www${first.suffix}`;
}

function hasOneLabelBefore(suffix: string, scheme: string, url: URL): boolean {
  if (url.protocol !== scheme || !url.host.endsWith(suffix)) return false;
  return LABEL.test(url.host.slice(0, -suffix.length));
}

/** A DNS label. Hosts of URLs may contain more, such as a star. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

function toUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
