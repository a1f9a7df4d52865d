// Plain JavaScript that an older Node runs. The published packages do not have it: there is no newer Node to be found.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Runs a script again by the npm package `node`, which a clone of the repository installs. Passes signals and the exit code on.
 * If this process is killed, the other one ends with it.
 *
 * @param {string} scriptUrl
 * @throws if that package is not installed
 */
export function runByNewerNode(scriptUrl) {
  const node = createRequire(import.meta.url).resolve("node/bin/node");
  const endWithParent =
    'process.once("disconnect", () => process.kill(process.pid, "SIGKILL")); process.channel.unref();';
  const preload = `data:text/javascript,${encodeURIComponent(endWithParent)}`;
  const args = ["--import", preload, fileURLToPath(scriptUrl), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // A terminal sends SIGINT to both of them.
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) {
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.once("exit", (code) => process.exit(code ?? 1));
}
