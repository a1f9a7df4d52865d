/** Something that should be fixed (`error`) or known (`warning`). */
export interface Finding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** What is wrong and why it matters. */
  readonly message: string;
  /** How to fix it. */
  readonly fix: string;
  /** The path of the chat that it concerns, if the server has several. @default all */
  readonly chat?: string;
}

export function error(id: string, message: string, fix: string): Finding {
  return { id, severity: "error", message, fix };
}

export function warning(id: string, message: string, fix: string): Finding {
  return { id, severity: "warning", message, fix };
}

/** Warnings do not count. */
export function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== "error");
}

export function toJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isOk(findings), findings })}\n`;
}

export function toText(findings: readonly Finding[], introduction: readonly string[]): string {
  const paragraphs = findings.map(
    ({ id, severity, message, fix, chat }) =>
      `${severity === "error" ? "✗" : "!"} ${chat === undefined ? "" : `${chat}: `}${id}\n  ${message}\n  → ${fix}\n`,
  );
  const verdict = isOk(findings)
    ? "✓ Ready for visitors.\n"
    : "✗ Not ready for visitors: fix the errors above first.\n";
  return [...introduction, ...paragraphs, verdict].join("\n");
}
