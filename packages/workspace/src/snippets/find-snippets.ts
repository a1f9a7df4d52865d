/** A fenced block of a Markdown page. */
export interface Snippet {
  /** The fence's info string; empty for plain text. */
  readonly language: string;
  readonly code: string;
  /** Of the fence, counted from 1. */
  readonly line: number;
  /**
   * Declarations that the code needs and the page does not show, from a comment right before the fence:
   * `<!-- given: declare const app: Express; -->`.
   */
  readonly given: string;
}

/** Every fenced block of a page, in order; also those in lists. */
export function findSnippets(page: string): readonly Snippet[] {
  const fences = page.matchAll(
    /(?:^ *<!-- given: (?<given>.*?) -->\n+)?^(?<indent> *)```(?<language>[\w-]*)[^\n]*\n(?<code>.*?)^\k<indent>```$/gms,
  );
  return [...fences].map(({ index, groups = {} }) => ({
    language: groups.language ?? "",
    code: (groups.code ?? "").replaceAll(new RegExp(`^${groups.indent}`, "gm"), ""),
    line: page.slice(0, page.indexOf("```", index)).split("\n").length,
    given: groups.given ?? "",
  }));
}
