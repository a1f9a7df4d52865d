import { measureWidget } from "./size/measure-widget.ts";

// `pnpm size`: what the built widget weighs, against its budgets. `--json` for programs. Fails above a budget.

const sizes = await measureWidget();
if (process.argv.includes("--json")) {
  console.log(JSON.stringify(sizes));
} else {
  for (const { name, bytes, budget } of sizes.figures) {
    const mark = bytes <= budget ? "✓" : "✗";
    console.log(`${mark} ${name.padEnd(10)} ${`${bytes}`.padStart(6)} of ${budget} bytes after Brotli`);
  }
}
process.exitCode = sizes.ok ? 0 : 1;
