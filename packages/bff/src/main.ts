import { runCli } from "./cli/run-cli.ts";

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});

// Everything has been stopped by now. Should a handle still be open, it does not keep the process from ending.
setTimeout(() => process.exit(), 500).unref();
