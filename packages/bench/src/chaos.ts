import { parseArgs } from "node:util";
import { runMemoryPlateau } from "./chaos/memory-plateau.ts";
import { runReplicas } from "./chaos/replicas.ts";
import { runRestartStorm } from "./chaos/restart-storm.ts";
import type { ScenarioOptions, ScenarioResult } from "./chaos/scenario.ts";
import { runStorm } from "./chaos/storm.ts";

// `pnpm chaos [replicas | storm | restart | kill | memory]… [--short] [--json]`: all of them where none is named. Needs the build.

const SCENARIOS: Readonly<Record<string, (options: ScenarioOptions) => Promise<ScenarioResult>>> = {
  replicas: runReplicas,
  storm: runStorm,
  restart: (options) => runRestartStorm(options, "SIGTERM"),
  kill: (options) => runRestartStorm(options, "SIGKILL"),
  memory: runMemoryPlateau,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const unknown = names.filter((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(", ")}; there are ${Object.keys(SCENARIOS).join(", ")}`);
  process.exit(2);
}

const results: ScenarioResult[] = [];
for (const name of names) {
  const result = await SCENARIOS[name]?.({ short: values.short });
  if (result === undefined) continue;
  results.push(result);
  if (!values.json) print(result);
}
if (values.json) console.log(JSON.stringify(results));
process.exitCode = results.every(({ broken }) => broken.length === 0) ? 0 : 1;

function print({ scenario, figures, broken }: ScenarioResult): void {
  console.log(`\n${broken.length === 0 ? "✓" : "✗"} ${scenario}`);
  for (const [name, value] of Object.entries(figures)) console.log(`  ${name.padEnd(24)} ${value}`);
  for (const sentence of broken) console.log(`  ✗ ${sentence}`);
}
