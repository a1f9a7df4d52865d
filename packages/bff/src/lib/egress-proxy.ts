import { getProxyForUrl } from "proxy-from-env";

/**
 * The proxy through which this process must reach `url`, by its `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`;
 * null: none. Sockets count as the HTTP request that they begin with.
 */
export function egressProxyFor(url: string): string | null {
  return getProxyForUrl(url.replace(/^ws/, "http")) || null;
}

/** Whether we speak its protocol. */
export function isHttpProxy(proxy: string): boolean {
  return URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol);
}
