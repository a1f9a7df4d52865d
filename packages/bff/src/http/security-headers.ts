import helmet from "helmet";

/**
 * helmet for what the BFF itself answers. Two of its defaults do not fit: `Cross-Origin-Resource-Policy: same-origin`
 * would block the script tag on every other site, and HSTS is a decision of whoever terminates TLS.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: "cross-origin" },
  strictTransportSecurity: false,
});
