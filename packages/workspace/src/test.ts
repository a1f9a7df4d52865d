import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buildAll } from "./build-all.ts";
import { type CheckResult, type RunnerReport, toRunnerResult, toSingleCheck } from "./checks/check-result.ts";
import { parsePlaywrightReport } from "./checks/playwright-report.ts";
import { toVerdict } from "./checks/verdict.ts";
import { parseVitestReport } from "./checks/vitest-report.ts";
import { OLDEST_NODE, OLDEST_NODE_TESTS } from "./oldest-node.ts";
import { ensureBrowser, ensureRedis } from "./prerequisites/ensure-program.ts";
import { REPOSITORY } from "./repository.ts";
import { type CommandResult, runCommand } from "./run-command.ts";
import { runPnpm } from "./run-pnpm.ts";

// `pnpm test`: everything that must hold before a change goes in. Every stage runs, whatever became of the one
// before; the last line counts what the runners' own reports say.

const REPORTS = join(import.meta.dirname, "../.tmp");

const startedAtMs = performance.now();
const results: CheckResult[] = [];

await rm(REPORTS, { recursive: true, force: true });
await mkdir(REPORTS, { recursive: true });

// Installing is the network's work and building is the processor's: they go on side by side.
const prerequisites = installPrerequisites();
await stage("build", async (name) => toSingleCheck(name, (await buildAll()).exitCode));
await stage("size", async (name) =>
  toSingleCheck(name, (await runPnpm(["--workspace-root", "run", "size"])).exitCode),
);
await stage("lint", async (name) =>
  toSingleCheck(name, (await runCommand("biome", ["check", "."])).exitCode),
);
await stage("types", async (name) => toSingleCheck(name, (await runScript("typecheck.ts")).exitCode));
const { browser } = await prerequisites;
await stage("unit", (name) => runVitest(name));
await stage("node 22", (name) => runVitest(name, OLDEST_NODE, OLDEST_NODE_TESTS));
await stage("browser", (name) => runPlaywright(name, browser));
await stage("chaos", async (name) => toSingleCheck(name, (await runChaos()).exitCode));

const verdict = toVerdict(results);
console.log(`\n${verdict.lines.join("\n")}`);
process.exitCode = verdict.exitCode;

async function stage(name: string, run: (name: string) => Promise<CheckResult>): Promise<void> {
  console.log(`\n── ${name} ${"─".repeat(Math.max(0, 70 - name.length))}`);
  const stageStartedAtMs = performance.now();
  const result = await run(name);
  results.push(result);
  const mark = result.failed === 0 ? "✓" : "✗";
  console.log(
    `${mark} ${name}: ${result.passed} passed, ${result.failed} failed in ${secondsSince(stageStartedAtMs)} s ` +
      `(${secondsSince(startedAtMs)} s in all)`,
  );
}

/** Another of the repository's commands. */
function runScript(file: string): Promise<CommandResult> {
  return runCommand(process.execPath, [join(import.meta.dirname, file)]);
}

interface TestSelection {
  /** Parts of the files' paths. @default all */
  readonly include?: readonly string[];
}

async function runVitest(
  name: string,
  node: string = process.execPath,
  { include = [] }: TestSelection = {},
): Promise<CheckResult> {
  const file = join(REPORTS, `${name}.json`);
  const { exitCode } = await runCommand(node, [
    join(REPOSITORY, "node_modules/vitest/vitest.mjs"),
    "run",
    ...include,
    // Many tests wait more than they work.
    `--maxWorkers=${availableParallelism() + 1}`,
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  return toRunnerResult(name, await readReport(file, parseVitestReport), exitCode);
}

async function runPlaywright(name: string, browserPath: string | null): Promise<CheckResult> {
  if (browserPath === null) return toRunnerResult(name, null, null);
  const file = join(REPORTS, "playwright.json");
  const { exitCode } = await runCommand("playwright", ["test", "--reporter=list,json"], {
    cwd: join(REPOSITORY, "packages/e2e"),
    env: { CHROME_PATH: browserPath, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  });
  return toRunnerResult(name, await readReport(file, parsePlaywrightReport), exitCode);
}

/** The short form of `pnpm chaos`: replicas ended and killed under load. */
function runChaos(): Promise<CommandResult> {
  const script = join(REPOSITORY, "packages/bench/src/chaos.ts");
  return runCommand(process.execPath, ["--conditions=@mailoo-chat/source", script, "replicas", "--short"]);
}

/** Null where a runner left no report, or one that makes no sense. */
async function readReport(
  file: string,
  parse: (report: unknown) => RunnerReport,
): Promise<RunnerReport | null> {
  try {
    return parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

/** One after the other: two runs of apt-get at once fail on its lock. */
async function installPrerequisites(): Promise<{ browser: string | null }> {
  const browserPath = await ensureBrowser();
  await ensureRedis();
  return { browser: browserPath };
}

function secondsSince(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1);
}
