#!/usr/bin/env node
// Plain JavaScript, and before any other module: an older Node could not even parse the others.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

if (isNewEnough(process.versions.node)) {
  import("../dist/main.js");
} else {
  const newer = findNewerNode();
  if (newer === null) {
    process.stderr.write(`mailoo-chat-bff needs Node.js 22.19 or later; this is ${process.versions.node}\n`);
    process.exitCode = 78;
  } else {
    runBy(newer);
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

/** The npm package `node`, which a clone of the repository has. */
function findNewerNode() {
  const require = createRequire(import.meta.url);
  try {
    return isNewEnough(require("node/package.json").version) ? require.resolve("node/bin/node") : null;
  } catch {
    return null;
  }
}

/** Passes signals and the exit code on. If this process is killed, the other one ends with it. */
function runBy(node) {
  const endWithParent =
    'process.once("disconnect", () => process.kill(process.pid, "SIGKILL")); process.channel.unref();';
  const preload = `data:text/javascript,${encodeURIComponent(endWithParent)}`;
  const args = ["--import", preload, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // A terminal sends SIGINT to both of them.
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) {
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.once("exit", (code) => process.exit(code ?? 1));
}
