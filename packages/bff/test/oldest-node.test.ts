import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../bin/mailoo-chat-bff.js", import.meta.url));

/** Where no npm package `node` is found. */
let elsewhere = "";
beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "bin-"));
  await copyFile(BIN, join(elsewhere, "bin.mjs"));
});
afterAll(() => rm(elsewhere, { recursive: true }));

/** Runs this Node, which says that it is another version. */
function runAs(version: string, ...args: readonly string[]) {
  const versions = `{ value: { ...process.versions, node: "${version}" } }`;
  const preload = `data:text/javascript,Object.defineProperty(process, "versions", ${versions})`;
  const env = { ...process.env, NODE_PATH: "" };
  return promisify(execFile)(process.execPath, ["--import", preload, ...args], { env });
}

it.each(["18.20.8", "20.19.5", "22.18.0"])("ends with 78 and one line on Node %s", async (version) => {
  await expect(runAs(version, join(elsewhere, "bin.mjs"))).rejects.toMatchObject({
    code: 78,
    stdout: "",
    stderr: `mailoo-chat-bff needs Node.js 22.19 or later; this is ${version}\n`,
  });
});

it("runs on Node 20 in a clone, by the newer Node that is installed there", async () => {
  const { stdout } = await runAs("20.19.5", BIN, "--version");
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  await expect(runAs("20.19.5", BIN, "nope")).rejects.toMatchObject({ code: 2 });
});

it("refuses to be imported on an older Node, with the reason, before undici fails there", async () => {
  const load = (version: string) =>
    runAs(
      version,
      "--conditions=@mailoo-chat/source",
      fileURLToPath(new URL("../src/index.ts", import.meta.url)),
    );
  await expect(load("22.18.0")).rejects.toMatchObject({
    stderr: expect.stringContaining(
      "\nError: @mailoo-chat/bff needs Node.js 22.19 or later; this is 22.18.0\n",
    ),
  });
  await expect(load("22.19.0")).resolves.toEqual({ stdout: "", stderr: "" });
});
