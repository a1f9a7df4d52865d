import { runCli } from "./cli/run-cli.ts";
import { createPrompt } from "./cli/terminal.ts";
import { loadDotenv } from "./config/dotenv.ts";

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  loadDotenv,
  prompt: process.stdin.isTTY ? () => createPrompt() : null,
});

// Everything has been stopped by now. Exit explicitly, so that an open handle cannot keep the process alive.
setTimeout(() => process.exit(), 500).unref();
