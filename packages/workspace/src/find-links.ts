/** A link of a Markdown page that stays inside the repository. */
export interface PageLink {
  /** As it is written, such as `../README.md#install`. */
  readonly target: string;
  /** Relative to the page; empty for a link within it. */
  readonly path: string;
  /** Without `#`; empty for none. */
  readonly anchor: string;
}

/** The links and pictures of a Markdown page, without those that lead elsewhere and those in code. */
export function findLinks(page: string): readonly PageLink[] {
  const text = page.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  const targets = [
    ...text.matchAll(/\]\(([^()\s]+)\)/g),
    ...text.matchAll(/<(?:img|a)\s[^>]*(?:src|href)="([^"]+)"/g),
  ].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { target, path: decodeURIComponent(path), anchor };
    });
}

/** The anchors of a Markdown page's headings, as forges make them. */
export function findAnchors(page: string): ReadonlySet<string> {
  const headings = page.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}
