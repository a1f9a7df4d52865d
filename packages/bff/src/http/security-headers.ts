import helmet from "helmet";

/**
 * helmet for what the BFF itself answers. Two of its defaults do not fit:
 * `Cross-Origin-Resource-Policy: same-origin` would block the script tag on every other site, and HSTS is for whoever
 * ends TLS to decide, above all where the BFF is mounted in somebody's site.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: "cross-origin" },
  strictTransportSecurity: false,
});
