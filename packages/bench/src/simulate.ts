import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { toScalingFigures } from "./simulation/scaling-figures.ts";
import { replaceFigures, toScalingReport } from "./simulation/scaling-report.ts";

// `pnpm simulate [--clients N] [--write] [--json]`: simulates a million clients. `--write` updates docs/benchmarks.md.

const PAGE = join(REPOSITORY, "docs/benchmarks.md");
const SESSIONS_A_REPLICA = 10_000;

const clientsAt = process.argv.indexOf("--clients");
const clients = clientsAt < 0 ? 1_000_000 : Number(process.argv[clientsAt + 1]);
if (!Number.isInteger(clients) || clients < 1) {
  console.error("--clients asks for a whole number above 0");
  process.exit(2);
}

const figures = toScalingFigures({
  clients,
  replicas: Math.max(1, Math.ceil(clients / SESSIONS_A_REPLICA)),
  handshakesPerSecond: 500,
  readsPerSecond: 200,
});
const report = toScalingReport(figures);
console.log(process.argv.includes("--json") ? JSON.stringify(figures) : report);
if (process.argv.includes("--write")) {
  await writeFile(PAGE, replaceFigures(await readFile(PAGE, "utf8"), report));
  console.error(`written to ${PAGE}`);
}
