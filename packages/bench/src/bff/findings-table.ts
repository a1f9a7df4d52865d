import { type Finding, verdictOf } from "./finding.ts";

const MARKS = { met: "✓", missed: "~", broken: "✗" } as const;

/** For a terminal: a line with the name, a line with the figure. */
export function toText(finding: Finding): string {
  const verdict = verdictOf(finding);
  return `${MARKS[verdict]} ${finding.what}\n    ${toQuantity(finding, finding.figure)} (${toGoal(finding)}; ${finding.reference}): ${verdict}`;
}

/** As a table of a Markdown page. */
export function toMarkdown(findings: readonly Finding[]): string {
  const rows = findings.map(
    (finding) =>
      `| ${finding.what} | ${toGoal(finding)} | ${toQuantity(finding, finding.figure)} | ${finding.reference} | ${verdictOf(finding)} |`,
  );
  return [
    "| what | goal | figure | reference, same run | verdict |",
    "| --- | --- | ---: | --- | --- |",
    ...rows,
  ].join("\n");
}

function toGoal(finding: Finding): string {
  const { aim, never } = finding;
  const bound = never === null || never === aim ? "" : `, never over ${toQuantity(finding, never)}`;
  return `at most ${toQuantity(finding, aim)}${bound}`;
}

function toQuantity({ unit }: Finding, value: number): string {
  const digits = unit === "" || Number.isInteger(value) ? 0 : value < 100 ? 2 : 0;
  const text = value.toFixed(digits);
  return unit === "×" ? `${text}×` : `${text} ${unit}`.trimEnd();
}
