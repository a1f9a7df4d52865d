/** One mention of a requirement in the name of a test. */
export interface Citation {
  readonly id: string;
  readonly file: string;
}

const TEST_NAME = /\b(?:test|it|describe)(?:\.[\w.]+)?\s*\(?[\s\S]{0,200}?(["'`])((?:\\.|(?!\1).)*)\1/g;
const CITED_ID = /\[([A-Z][A-Z0-9]*-\d+)\]/g;

/** The requirements that the names of a file's tests cite. A mention in a comment or a value proves nothing. */
export function findCitations(file: string, source: string): readonly Citation[] {
  const names = [...source.matchAll(TEST_NAME)].map((match) => match[2] ?? "");
  return names.flatMap((name) => [...name.matchAll(CITED_ID)].map((match) => ({ id: match[1] ?? "", file })));
}
