/**
 * Hides the widget on paths that match, also when a page changes its path without a load.
 *
 * @returns looks at the patterns again.
 */
export function followHiddenPaths(
  toPatterns: () => string,
  setHidden: (isHidden: boolean) => void,
  signal: AbortSignal,
): () => void {
  let isHidden = false;
  const follow = () => {
    const matches = matchesPath(toPatterns(), location.pathname);
    if (matches === isHidden) return;
    isHidden = matches;
    setHidden(matches);
  };
  follow();
  followPath(follow, signal);
  return follow;
}

/** Calls back when the page's path has changed without a load, or may have. */
export function followPath(changed: () => void, signal: AbortSignal): void {
  addEventListener("popstate", changed, { signal });
  // Not in every engine yet: there a page that pushes its path calls `hide()` and `show()` itself.
  window.navigation?.addEventListener("navigatesuccess", changed, { signal });
}

/**
 * @param patterns by comma; `*` stands for anything, and the whole path has to match. Letters may be written as they are
 * or percent-encoded, as in the path.
 */
export function matchesPath(patterns: string, path: string): boolean {
  return patterns.split(",").some((pattern) => {
    const source = toText(pattern.trim())
      .replace(/[^\w*]/g, "\\$&")
      .replaceAll("*", "[^]*");
    return new RegExp(`^${source}$`).test(toText(path));
  });
}

/** Decoded, in one form for all letters with accents. What is no UTF-8 stays as it is. */
function toText(path: string): string {
  try {
    return decodeURI(path).normalize();
  } catch {
    return path;
  }
}
