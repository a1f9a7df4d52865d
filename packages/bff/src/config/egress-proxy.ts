import { getProxyForUrl } from "proxy-from-env";
import { ConfigError } from "./config-error.ts";

/**
 * The proxy for `url` by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; null: none. A WebSocket counts as the HTTP
 * request that it begins with.
 */
export function egressProxyFor(url: string): string | null {
  return getProxyForUrl(url.replace(/^ws/, "http")) || null;
}

/** @throws ConfigError for a proxy of another kind, such as SOCKS */
export function requireHttpProxies(proxies: readonly (string | null)[]): void {
  if (proxies.every((proxy) => proxy === null || (URL.canParse(proxy) && /^https?:/.test(proxy)))) return;
  throw new ConfigError(["HTTPS_PROXY: must be an http or https URL, as HTTP_PROXY and ALL_PROXY"]);
}
