import { readFileSync } from "node:fs";
import { parseCommand, USAGE } from "./config.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { startSandbox } from "./start-sandbox.ts";

const command = parseCommand(process.argv.slice(2), process.env);
switch (command.name) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "version":
    process.stdout.write(`${packageVersion()}\n`);
    break;
  case "misuse":
    process.stderr.write(`mailoo-sandbox: ${command.message}\n`);
    process.exitCode = 2;
    break;
  case "start":
    await run(command.options);
    break;
}

async function run(options: SandboxOptions): Promise<void> {
  try {
    const sandbox = await startSandbox(options);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void sandbox.close());
    const extras = options.faults ? " (fault switches open)" : "";
    process.stdout.write(`mailoo-sandbox listening on ${sandbox.url}${extras}\n`);
  } catch (error) {
    process.stderr.write(`mailoo-sandbox: ${startFailure(error, options)}\n`);
    process.exitCode = 1;
  }
}

function startFailure(error: unknown, { host, port }: SandboxOptions): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `port ${port} on ${host} is taken; choose another with --port`;
  if (code === "EACCES") return `port ${port} on ${host} may not be used by this account`;
  if (code === "EADDRNOTAVAIL") return `${host} is no address of this machine`;
  return error instanceof Error ? error.message : String(error);
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : null;
  return String(version);
}
