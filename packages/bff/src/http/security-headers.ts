import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import helmet from "helmet";

/**
 * helmet for what the BFF itself answers. Two of its defaults do not fit:
 * `Cross-Origin-Resource-Policy: same-origin` would block the script tag on every other site, and HSTS is for whoever
 * ends TLS to decide, above all where the BFF is mounted in somebody's site.
 */
const askHelmet = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: "cross-origin" },
  strictTransportSecurity: false,
});

/** Nothing in them depends on the request: helmet is asked once, and not for every answer anew. */
const HEADERS = headersOfHelmet();

export function setSecurityHeaders(res: ServerResponse): void {
  res.removeHeader("X-Powered-By");
  for (const [name, value] of HEADERS) res.setHeader(name, value);
}

function headersOfHelmet(): readonly (readonly [string, string])[] {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  askHelmet(req, res, () => {});
  return Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)]);
}
