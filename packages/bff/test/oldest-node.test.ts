import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../bin/mailoo-chat-bff.js", import.meta.url));

/** Runs the command by this Node, which says that it is another version. */
function runAs(version: string) {
  const versions = `{ value: { ...process.versions, node: "${version}" } }`;
  const preload = `data:text/javascript,Object.defineProperty(process, "versions", ${versions})`;
  return promisify(execFile)(process.execPath, ["--import", preload, BIN, "--version"]);
}

it.each(["18.20.8", "20.19.5", "22.18.0"])("ends with 78 and one line on Node %s", async (version) => {
  await expect(runAs(version)).rejects.toMatchObject({
    code: 78,
    stdout: "",
    stderr: `mailoo-chat-bff needs Node.js 22.19 or later; this is ${version}\n`,
  });
});
