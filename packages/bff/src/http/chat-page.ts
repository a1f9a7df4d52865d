import { hash } from "node:crypto";
import { escapeUTF8 } from "entities";
import type { Request, RequestHandler, Response } from "express";
import helmet from "helmet";
import type { PageOptions } from "../config/json-values.ts";
import { isOriginAllowed, type OriginPattern } from "../lib/origins.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { parseQuery } from "./read-request.ts";

export interface ChatPageDeps {
  readonly allowedOrigins: readonly OriginPattern[];
  readonly page: PageOptions;
  /** Null: there is no widget to show. */
  readonly widgetFolder: string | null;
}

/** The heading is for screen readers; the panel shows the title. */
const STYLE = "body{margin:0}h1{position:absolute;clip-path:inset(50%)}";

const STYLE_HASH = hash("sha256", STYLE, "base64");

const RTL = /^(?:ar|fa|he|ur)\b/;

/**
 * `GET chat`: a page with only the chat, for links. Its requests have the server's own origin, so it is only served if that
 * origin is allowed.
 */
export function chatPage({ allowedOrigins, page, widgetFolder }: ChatPageDeps): RequestHandler[] {
  const policy = helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: [`'sha256-${STYLE_HASH}'`],
      connectSrc: ["'self'", (_req, res) => (res as Response).locals.pageSocketOrigin],
      imgSrc: ["'self'", "https:", "data:"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
  });

  return [
    (req, res, next) => {
      if (widgetFolder === null) throw new ProblemError("not_found");
      const origin = findOwnOrigin(req, allowedOrigins);
      // Not every browser treats sockets to the same host as 'self'.
      res.locals.pageSocketOrigin = origin.replace(/^http/, "ws");
      next();
    },
    policy as RequestHandler,
    (req, res) => {
      const { locale } = parseQuery(req.originalUrl, ["locale"]);
      const language = pickLanguage([locale, page.locale, ...req.acceptsLanguages()]);
      res
        .set({ "Cache-Control": "no-cache", "X-Robots-Tag": "noindex" })
        .vary("Accept-Language")
        .type("html")
        .send(toDocument(page, language));
    },
  ];
}

/**
 * The page's origin in the browser. A proxy may have terminated TLS, so the scheme is not known here.
 *
 * @throws ProblemError `not_found` if it is not allowed
 */
function findOwnOrigin(req: Request, allowedOrigins: readonly OriginPattern[]): string {
  const [forwarded = ""] = (req.get("X-Forwarded-Host") ?? "").split(",");
  const host = req.get("Host") ?? "";
  const origins = [forwarded.trim(), host].flatMap((name) => [`https://${name}`, `http://${name}`]);
  const own = origins.find((origin) => isOriginAllowed(allowedOrigins, origin.toLowerCase()));
  if (own !== undefined) return own.toLowerCase();
  throw new ProblemError("not_found", {
    detail:
      "the chat page needs its own origin in MAILOO_CHAT_ALLOWED_ORIGINS, and a proxy in front that passes on the Host header",
  });
}

/** The first value that is a language tag. Without texts for it, the widget uses the browser's languages. */
function pickLanguage(tags: readonly (string | undefined)[]): string {
  for (const tag of tags) {
    try {
      const [canonical] = Intl.getCanonicalLocales(tag?.replaceAll("_", "-") || []);
      if (canonical) return canonical;
    } catch {
      // Not a language tag, such as `*`.
    }
  }
  return "en";
}

/** The script's URL is relative, so that it works with any mount path and proxy. */
function toDocument({ locale: _locale, ...options }: PageOptions, language: string): string {
  const attributes = Object.entries(options)
    .map(([name, value]) => ` data-${name}="${escapeUTF8(value ?? "")}"`)
    .join("");
  const title = escapeUTF8(options.title ?? "Chat");
  return `<!doctype html>
<html lang="${language}" dir="${RTL.test(language) ? "rtl" : "ltr"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="${COLOR_SCHEMES[options.theme ?? "auto"]}">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
<script async src="widget.js" data-mode="page" data-target="main"${attributes}></script>
</head>
<body>
<main>
<h1>${title}</h1>
<noscript><p lang="en" dir="ltr">This chat needs JavaScript.</p></noscript>
</main>
</body>
</html>
`;
}

const COLOR_SCHEMES = { auto: "light dark", light: "light", dark: "dark" };
