import { buildAll } from "./build-all.ts";
import { DEMO_PARTS, type DemoPorts, parseDemoPorts } from "./demo/demo-ports.ts";
import { DEMO_SITES, type DemoSite, isDemoSite } from "./demo/demo-site.ts";
import { isPortFree } from "./demo/is-port-free.ts";
import { startDemo } from "./demo/start-demo.ts";

// `pnpm demo [example]`: builds, then runs a local Mailoo, the BFF and a website until Ctrl-C.
// `--built` takes the build that is there.

process.exitCode = await main();

async function main(): Promise<number> {
  const [example = "script-tag"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  if (!isDemoSite(example))
    return complain([`There is no demo "${example}": take ${DEMO_SITES.join(", ")}.`]);
  const verdict = parseDemoPorts(process.env);
  if (!verdict.ok) return complain(verdict.problems);
  const { ports } = verdict;
  // Before the build, so that nobody waits for it in vain.
  const taken = await takenPorts(ports);
  if (taken.length > 0) return complain(taken);
  if (!process.argv.includes("--built")) {
    const build = await buildAll();
    if (build.exitCode !== 0) return complain(["The build failed: see above."]);
  }
  return runUntilStopped(ports, example);
}

async function runUntilStopped(ports: DemoPorts, example: DemoSite): Promise<number> {
  const stopAsked = whenStopAsked();
  try {
    const starting = startDemo(ports, example);
    const first = await Promise.race([starting, stopAsked]);
    if (first === "stop") {
      await starting.then((demo) => demo.stop());
      return 0;
    }
    console.log(
      [
        "",
        `  Website    ${first.addresses.site}     open it and start a chat`,
        `  Console    ${first.addresses.sandbox}     answer as the site's owner`,
        `  BFF        ${first.addresses.BFF}     ${first.addresses.BFF}/widget.js is the script tag's source`,
        "",
        "  Ctrl-C stops all three.",
        "",
      ].join("\n"),
    );
    await Promise.race([first.failed, stopAsked]).finally(() => first.stop());
    return 0;
  } catch (error) {
    return complain([error instanceof Error ? error.message : String(error)]);
  }
}

async function takenPorts(ports: DemoPorts): Promise<readonly string[]> {
  const checked = await Promise.all(
    DEMO_PARTS.map(async (part) => ({ part, free: await isPortFree(ports[part.name]) })),
  );
  return checked
    .filter(({ free }) => !free)
    .map(
      ({ part }) =>
        `Port ${ports[part.name]} (${part.name}) is taken: stop what uses it, or set ${part.variable} to another port.`,
    );
}

function complain(lines: readonly string[]): number {
  for (const line of lines) console.error(line);
  return 1;
}

/** Ctrl-C, a polite kill, or the end of the package manager that started us. */
function whenStopAsked(): Promise<"stop"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve("stop"));
    if (process.env.npm_lifecycle_event === undefined) return;
    const startedBy = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid !== startedBy) resolve("stop");
    }, 500);
    watch.unref();
  });
}
