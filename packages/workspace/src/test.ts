import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type CheckResult, type RunnerReport, toRunnerResult, toSingleCheck } from "./checks/check-result.ts";
import { parsePlaywrightReport } from "./checks/playwright-report.ts";
import { toVerdict } from "./checks/verdict.ts";
import { parseVitestReport } from "./checks/vitest-report.ts";
import { OLDEST_NODE, OLDEST_NODE_TESTS } from "./oldest-node.ts";
import { ensureBrowser, ensureRedis } from "./prerequisites/ensure-program.ts";
import { REPOSITORY } from "./repository.ts";
import { type CommandResult, runCommand } from "./run-command.ts";
import { runPnpm } from "./run-pnpm.ts";

// `pnpm test`: every check that must pass before a change is merged. All stages run, whatever fails. After the build they
// run side by side, since many tests wait more than they compute. The last line counts what the runners reported.
//
// The tests of whole servers wait most. They come after the static checks, one file at a time, and so never beside them.

const REPORTS = join(import.meta.dirname, "../.tmp");
const COLLECT = { output: "collect" } as const;

// Node keeps what it has compiled: the tests start the same programs many times.
process.env.NODE_COMPILE_CACHE ??= join(REPORTS, "compile-cache");

const startedAtMs = performance.now();
const results: CheckResult[] = [];

await rm(REPORTS, { recursive: true, force: true });
await mkdir(REPORTS, { recursive: true });

const [browserPath] = await Promise.all([installPrerequisites(), runScript("build")]);
await Promise.all([runBrowserTests(), runUnitTests(), runStaticChecks().then(runServerTests)]);

const { lines, exitCode } = toVerdict(results);
console.log(`\n${lines.join("\n")}`);
process.exitCode = exitCode;

/** One after the other: two runs of apt-get at once fail on its lock. */
async function installPrerequisites(): Promise<string | null> {
  const path = await ensureBrowser();
  await ensureRedis();
  return path;
}

async function runBrowserTests(): Promise<void> {
  if (browserPath === null) {
    results.push(toRunnerResult("browser", null, null));
    return;
  }
  const report = join(REPORTS, "playwright.json");
  const options = {
    ...COLLECT,
    cwd: join(REPOSITORY, "packages/e2e"),
    env: { CHROME_PATH: browserPath, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  };
  await stage(
    "browser",
    () => runCommand("playwright", ["test", "--reporter=list,json"], options),
    async (code) => toRunnerResult("browser", await readReport(report, parsePlaywrightReport), code),
  );
}

async function runUnitTests(): Promise<void> {
  const workers = availableParallelism();
  await runVitest("unit", ["--project=!e2e"], { workers });
  await runVitest("oldest Node", OLDEST_NODE_TESTS, { workers, node: OLDEST_NODE });
}

async function runServerTests(): Promise<void> {
  await runVitest("servers", ["--project=e2e"], { workers: 1 });
}

async function runVitest(
  name: string,
  selection: readonly string[],
  { workers, node = process.execPath }: { workers: number; node?: string },
): Promise<void> {
  const report = join(REPORTS, `${name}.json`);
  const args = [
    join(REPOSITORY, "node_modules/vitest/vitest.mjs"),
    "run",
    ...selection,
    `--maxWorkers=${workers}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  await stage(
    name,
    () => runCommand(node, args, COLLECT),
    async (code) => toRunnerResult(name, await readReport(report, parseVitestReport), code),
  );
}

async function runStaticChecks(): Promise<void> {
  for (const script of ["size", "lint", "typecheck"]) await runScript(script);
}

/** One of the scripts of package.json. */
async function runScript(name: string): Promise<void> {
  await stage(
    name,
    () => runPnpm(["--workspace-root", "run", name], COLLECT),
    (code) => toSingleCheck(name, code),
  );
}

/** Prints a stage's output only at its end, and only if it failed: stages that run side by side would mix theirs. */
async function stage(
  name: string,
  run: () => Promise<CommandResult>,
  toResult: (exitCode: number | null) => CheckResult | Promise<CheckResult>,
): Promise<void> {
  const stageStartedAtMs = performance.now();
  const command = await run();
  const result = await toResult(command.exitCode);
  results.push(result);
  if (result.failed > 0) console.log(`\n── ${name} ${"─".repeat(70)}\n${command.output}`);
  console.log(
    `${result.failed === 0 ? "✓" : "✗"} ${name}: ${result.passed} passed, ${result.failed} failed ` +
      `in ${secondsSince(stageStartedAtMs)} s (${secondsSince(startedAtMs)} s in all)`,
  );
}

/** Null if a runner left no report, or one that cannot be read. */
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

function secondsSince(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1);
}
