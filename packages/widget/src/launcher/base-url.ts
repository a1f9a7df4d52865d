import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";

/** A host without its scheme would be a path of the page's own server. */
export const ADDRESS = /^\s*(https?:)?\//i;

/**
 * The base URL of a BFF, without a slash at its end.
 *
 * @throws TypeError if it is not an `http:` or `https:` URL, or a path that begins with a slash.
 * @param bff an origin, which stands for the default base path, or the base itself; a path is one of the page's origin.
 */
export function toBaseUrl(bff: string): string {
  const url = new URL(bff, document.baseURI);
  if (!ADDRESS.test(bff)) throw new TypeError(`bff: ${bff}`);
  return url.origin + (url.pathname.replace(/\/$/, "") || DEFAULT_BASE_PATH);
}
