/** Something that `check` wants mended (`error`) or wants known (`warning`). */
export interface Finding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** What is the matter and why it matters. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}
