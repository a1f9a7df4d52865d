import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";

/**
 * The base URL of a BFF, without a slash at its end.
 *
 * @throws TypeError if it is not an `http:` or `https:` URL.
 * @param bff an origin, which stands for the default base path, or the base itself; relative to the page.
 */
export function toBaseUrl(bff: string): string {
  const { origin, pathname } = new URL(bff, document.baseURI);
  if (!origin.startsWith("http")) throw new TypeError(bff);
  return origin + (pathname.replace(/\/$/, "") || DEFAULT_BASE_PATH);
}
