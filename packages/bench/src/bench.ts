import { parseArgs } from "node:util";
import { measurePush } from "./bff/measure-push.ts";
import { measureSubmit } from "./bff/measure-submit.ts";

// `pnpm bench [submit | push]… [--short] [--json]`: what the BFF costs, as ratios and differences within one run.
// Needs the build, and Linux: CPU time and memory are read from /proc.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const { short } = values;

const MEASURES: Readonly<Record<string, () => Promise<Readonly<Record<string, number>>>>> = {
  submit: () => measureSubmit({ submits: short ? 2_000 : 20_000, seconds: short ? 3 : 15 }),
  push: () => measurePush({ seconds: short ? 3 : 15, idle: short ? 200 : 2_000 }),
};

const names = positionals.length > 0 ? positionals : Object.keys(MEASURES);
const unknown = names.filter((name) => !Object.hasOwn(MEASURES, name));
if (unknown.length > 0) {
  console.error(`no measure ${unknown.join(", ")}; there are ${Object.keys(MEASURES).join(", ")}`);
  process.exit(2);
}

const figures: Record<string, Readonly<Record<string, number>>> = {};
for (const name of names) {
  figures[name] = (await MEASURES[name]?.()) ?? {};
  if (values.json) continue;
  console.log(`\n${name}`);
  for (const [figure, value] of Object.entries(figures[name])) console.log(`  ${figure.padEnd(40)} ${value}`);
}
if (values.json) console.log(JSON.stringify(figures));
