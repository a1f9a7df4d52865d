import { execFile } from "node:child_process";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describe("mailoo-conformance", () => {
  it("prints what holds, writes the shapes, and exits with 0, or with 1 where something is broken", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "mailoo-conformance-"));
    await using sandbox = await startSandbox();
    const shapes = join(directory.path, "shapes.json");
    const target = ["--api", sandbox.url, "--key", SEED.apiKey, "--project", SEED.projectUid];

    const { code, stdout } = await run([...target, "--integration", SEED.integrationId, "--shapes", shapes]);
    expect(stdout).toMatch(/^ok {4}The first message opens a session/);
    expect(stdout).toMatch(/\n\d+ hold, 0 broken, \d+ skipped\n/);
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(shapes, "utf8"))).toHaveProperty("send 200");

    const broken = await run([...target, "--integration", "unknown", "--json"]);
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({ ok: false });
  });

  it("says what it needs, with 2", async () => {
    const misuse = await run(["--api", "http://127.0.0.1:1"]);
    expect(misuse).toMatchObject({ code: 2, stderr: expect.stringContaining("--key") });
  });
});

/** Runs the command to its end. */
function run(args: readonly string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
