import { parseArgs } from "node:util";
import { writeBenchmarksPage } from "./bff/benchmarks-page.ts";
import { type Finding, verdictOf } from "./bff/finding.ts";
import { toText } from "./bff/findings-table.ts";
import { MEASURES } from "./bff/measures.ts";

// `pnpm bench:bff [submit | push | stalled …]… [--short] [--json] [--write]`: the cost and capacity of the BFF. Each figure has
// a reference from the same run. Without names, runs all. Exits with 1 if a figure exceeds its limit.
// Needs the build, and Linux: CPU time and memory are read from /proc.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(MEASURES);
const unknown = names.filter((name) => !Object.hasOwn(MEASURES, name));
if (unknown.length > 0) {
  console.error(`no measure ${unknown.join(", ")}; there are ${Object.keys(MEASURES).join(", ")}`);
  process.exit(2);
}
if (values.write && names.length < Object.keys(MEASURES).length) {
  console.error("--write renews the whole table of docs/benchmarks.md: name no measure");
  process.exit(2);
}

const findings: Finding[] = [];
for (const name of names) {
  const found = await measure(name);
  findings.push(...found);
  if (!values.json) for (const finding of found) console.log(toText(finding));
}
if (values.json)
  console.log(JSON.stringify(findings.map((finding) => ({ ...finding, verdict: verdictOf(finding) }))));
if (values.write) writeBenchmarksPage(findings);
process.exitCode = findings.some((finding) => verdictOf(finding) === "broken") ? 1 : 0;

/** A benchmark that throws counts as an exceeded limit. The others still run. */
async function measure(name: string): Promise<readonly Finding[]> {
  try {
    return (await MEASURES[name]?.({ short: values.short })) ?? [];
  } catch (error) {
    const reference = error instanceof Error ? error.message.replaceAll("\n", " ") : "unknown";
    return [
      { what: `${name} could not be measured`, figure: Number.NaN, unit: "", aim: 0, never: 0, reference },
    ];
  }
}
