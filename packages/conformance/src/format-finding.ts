import type { Verdict } from "./probe.ts";
import type { Finding } from "./run-conformance.ts";

/** One line of the report. */
export function formatFinding({ id, behaviour, verdict }: Finding): string {
  return `${MARKS[verdict.name]}  ${behaviour} [${id}]${remark(verdict)}`;
}

const MARKS = { holds: "ok  ", broken: "FAIL", skipped: "-   " } as const;

function remark(verdict: Verdict): string {
  switch (verdict.name) {
    case "holds":
      return verdict.note === undefined ? "" : `: ${verdict.note}`;
    case "broken":
      return `: ${verdict.detail}`;
    case "skipped":
      return `: ${verdict.why}`;
  }
}
