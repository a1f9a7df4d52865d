/**
 * What a reader has seen: everything up to `confirmedMs` less the overlap, and, of what is younger, the ids whose
 * short hashes it carries. Self-contained, so that any replica resumes from it.
 */
export interface Cursor {
  /** Newest `createdAt` that a complete listing has confirmed, in epoch milliseconds. A pushed message alone never moves it. */
  readonly confirmedMs: number;
  /** Short hashes of the ids seen that are younger than `confirmedMs` less the overlap. */
  readonly seen: ReadonlySet<string>;
}
