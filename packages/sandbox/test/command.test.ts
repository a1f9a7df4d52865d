import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../src/index.ts";

const SANDBOX = new URL("../src/main.ts", import.meta.url).pathname;
const BIN = new URL("../bin/mailoo-sandbox.js", import.meta.url).pathname;

describe("mailoo-sandbox", () => {
  it("prints one line with its address, answers there, and stops cleanly on SIGTERM", async () => {
    await using command = run(SANDBOX, ["--port", "0", "--faults"]);
    const line = await command.firstLine;
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    expect((await fetch(`${url}/__sandbox/stats`)).status).toBe(200);
    command.stop("SIGTERM");
    expect(await command.exit).toEqual({ code: 0, stdout: `${line}\n`, stderr: "" });
  });

  it("says in one line that a port is taken, and exits with 1", async () => {
    await using other = await startSandbox();
    await using command = run(SANDBOX, [], { SANDBOX_PORT: String(other.port) });
    const { code, stdout, stderr } = await command.exit;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `mailoo-sandbox: port ${other.port} on 127.0.0.1 is taken; choose another with --port\n`,
    );
  });

  it.each(["20.19.5", "22.18.0"])("ends with 78 and one line on Node %s", async (version) => {
    const folder = await mkdtemp(join(tmpdir(), "bin-"));
    // Where no npm package `node` is found.
    const bin = join(folder, "bin.mjs");
    await copyFile(BIN, bin);
    await using command = run(bin, [], { NODE_PATH: "" }, sayNode(version));
    expect(await command.exit).toEqual({
      code: 78,
      stdout: "",
      stderr: `mailoo-sandbox needs Node.js 22.19 or later; this is ${version}\n`,
    });
    await rm(folder, { recursive: true });
  });

  it("runs on Node 20 in a clone, by the newer Node that is installed there, and ends with its parent", async () => {
    const url = async (line: Promise<string>) => /http:\/\/127\.0\.0\.1:\d+/.exec(await line)?.[0] ?? "";
    await using stopped = run(BIN, ["--port", "0"], {}, sayNode("20.19.5"));
    expect((await fetch(await url(stopped.firstLine))).status).toBe(200);
    stopped.stop("SIGTERM");
    expect(await stopped.exit).toMatchObject({ code: 0, stderr: "" });

    await using killed = run(BIN, ["--port", "0"], {}, sayNode("20.19.5"));
    const address = await url(killed.firstLine);
    killed.stop("SIGKILL");
    await killed.exit;
    await expect(fetch(address)).rejects.toThrow();
  });

  it("explains itself and its version, and refuses flags that it does not know with 2", async () => {
    await using help = run(SANDBOX, ["--help"]);
    expect(await help.exit).toMatchObject({ code: 0, stdout: expect.stringContaining("--data FILE") });
    await using version = run(SANDBOX, ["--version"]);
    expect(await version.exit).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    await using misuse = run(SANDBOX, ["--prot", "1"]);
    expect(await misuse.exit).toMatchObject({ code: 2, stderr: expect.stringContaining("--prot") });
  });
});

/** Arguments of a Node that says that it is another version. */
function sayNode(version: string): string[] {
  const versions = `{ value: { ...process.versions, node: "${version}" } }`;
  return ["--import", `data:text/javascript,Object.defineProperty(process, "versions", ${versions})`];
}

function run(
  main: string,
  args: readonly string[],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
) {
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], { env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const firstLine = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
  const exit = once(child, "close").then(([code]: unknown[]) => ({ code, stdout, stderr }));
  return {
    firstLine,
    exit,
    stop: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
