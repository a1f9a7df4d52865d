/**
 * The address of a server without a slash at its end; null for anything else. What it returns may stand in a header.
 */
export function parseServerUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    return null;
  // A URL's host may hold characters that separate the parts of a policy.
  if (!/^[\w.:[\]-]+$/.test(url.host)) return null;
  return url.origin + url.pathname.replace(/\/+$/, "");
}
