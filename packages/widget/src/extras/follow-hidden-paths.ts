import type { ChatWidget } from "../chat-widget.ts";

/** Takes the widget off the screen on paths that match, also where a page changes its path without a load. */
export function followHiddenPaths(
  patterns: string,
  { hide, show }: Pick<ChatWidget, "hide" | "show">,
  signal: AbortSignal,
): void {
  let isHidden = false;
  const follow = () => {
    const matches = isHiddenOn(patterns, location.pathname);
    if (matches === isHidden) return;
    isHidden = matches;
    if (matches) hide();
    else show();
  };
  follow();
  addEventListener("popstate", follow, { signal });
  // Not in every engine yet: there a page that pushes its path calls `hide()` and `show()` itself.
  window.navigation?.addEventListener("navigatesuccess", follow, { signal });
}

/** `patterns` by comma; `*` stands for anything, and the whole path has to match. */
export function isHiddenOn(patterns: string, path: string): boolean {
  return patterns.split(",").some((pattern) =>
    new RegExp(
      `^${pattern
        .trim()
        .replace(/[^\w*]/g, "\\$&")
        .replaceAll("*", ".*")}$`,
    ).test(path),
  );
}
