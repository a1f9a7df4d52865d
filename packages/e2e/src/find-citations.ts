/** One mention of a requirement in the name of a test. */
export interface Citation {
  readonly id: string;
  readonly file: string;
}

/** A test's name begins with what it proves: `"[SEND-1] [SEND-4] opens one session"`. */
const CITING_NAME = /["'`]((?:\[[A-Z][A-Z0-9]*-\d+\] )+)(?=\S)/g;
const CITED_ID = /\[([^\]]+)\]/g;

/** The requirements that the names of a file's tests cite. A mention in a comment, or alone in a value, proves nothing. */
export function findCitations(file: string, source: string): readonly Citation[] {
  const prefixes = [...source.matchAll(CITING_NAME)].map((match) => match[1] ?? "");
  return prefixes.flatMap((prefix) =>
    [...prefix.matchAll(CITED_ID)].map((match) => ({ id: match[1] ?? "", file })),
  );
}
