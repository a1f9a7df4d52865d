import { writeFileSync } from "node:fs";
import { formatFinding } from "./format-finding.ts";
import { type Command, parseCommand, USAGE } from "./options.ts";
import { runConformance } from "./run-conformance.ts";

const command = parseCommand(process.argv.slice(2));
switch (command.name) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "misuse":
    process.stderr.write(`conformance: ${command.message}\n`);
    process.exitCode = 2;
    break;
  case "run":
    await run(command);
    break;
}

async function run({ options, json, shapesFile }: Extract<Command, { name: "run" }>): Promise<void> {
  const report = await runConformance(options, (finding) => {
    if (!json) process.stdout.write(`${formatFinding(finding)}\n`);
  });
  if (shapesFile !== null) writeFileSync(shapesFile, `${JSON.stringify(report.shapes, null, 2)}\n`);
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const count = (name: string) => report.findings.filter(({ verdict }) => verdict.name === name).length;
    process.stdout.write(
      `\n${count("holds")} hold, ${count("broken")} broken, ${count("skipped")} skipped\n`,
    );
    if (shapesFile !== null) process.stdout.write(`Shapes of the answers: ${shapesFile}\n`);
  }
  process.exitCode = report.ok ? 0 : 1;
}
