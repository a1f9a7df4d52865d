import helmet from "helmet";

/**
 * helmet for what the BFF answers: JSON and scripts. The chat page, its one document, has a policy of its own. Headers that only concern documents or browsers of
 * the past are off. `Cross-Origin-Resource-Policy: same-origin`, helmet's default, would block the script tag on every
 * other site. HSTS is for the proxy that terminates TLS.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: { policy: "cross-origin" },
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  // Removed with the other headers of the host application.
  xPoweredBy: false,
  xXssProtection: false,
});
