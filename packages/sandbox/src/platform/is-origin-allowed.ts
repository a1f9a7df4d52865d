import type { IntegrationConfig } from "./models.ts";

/**
 * The platform's rule for the `Origin` header of webhook calls: an integration without allowed origins and without a
 * domain accepts every origin. Any other accepts only those.
 *
 * A pattern is an exact origin; `*.` stands for one or more host labels, `:*` for any port (both for local work).
 * `domain` takes the host itself and everything below it, on any scheme and port.
 */
export function isOriginAllowed(
  origin: string,
  config: Pick<IntegrationConfig, "allowedOrigins" | "domain">,
): boolean {
  if (!restrictsOrigins(config)) return true;
  const parsed = parseOrigin(origin);
  if (parsed === null) return false;
  if (config.domain !== null && isWithin(parsed.hostname, config.domain.toLowerCase())) return true;
  return config.allowedOrigins.some((pattern) => matches(parsed, pattern));
}

/** Whether an integration restricts origins. */
export function restrictsOrigins(config: Pick<IntegrationConfig, "allowedOrigins" | "domain">): boolean {
  return config.allowedOrigins.length > 0 || config.domain !== null;
}

interface OriginParts {
  readonly scheme: string;
  readonly hostname: string;
  readonly port: string;
}

function matches(origin: OriginParts, pattern: string): boolean {
  const parts = ORIGIN_PATTERN.exec(pattern.trim().toLowerCase().replace(/\/$/, ""))?.groups;
  if (parts === undefined) return false;
  const { scheme = "", wildcard, host = "", port = "" } = parts;
  if (scheme !== origin.scheme) return false;
  if (port !== "*" && withoutDefaultPort(scheme, port) !== origin.port) return false;
  return wildcard === undefined ? host === origin.hostname : origin.hostname.endsWith(`.${host}`);
}

const ORIGIN_PATTERN =
  /^(?<scheme>https?):\/\/(?<wildcard>\*\.)?(?<host>[^:/*]+|\[[0-9a-f:]+\])(?::(?<port>\d+|\*))?$/;

function parseOrigin(origin: string): OriginParts | null {
  const url = URL.parse(origin);
  // `https://a.example/path` is a URL, but no browser sends it as an origin.
  if (url === null || url.origin !== origin.toLowerCase()) return null;
  return { scheme: url.protocol.slice(0, -1), hostname: url.hostname, port: url.port };
}

function withoutDefaultPort(scheme: string, port: string): string {
  return (scheme === "https" && port === "443") || (scheme === "http" && port === "80") ? "" : port;
}

function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
