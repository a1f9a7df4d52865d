import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { describe, expect, it } from "vitest";

const UNIT = join(REPOSITORY, "examples/systemd/mailoo-chat-bff.service");
const unit = readFileSync(UNIT, "utf8");
const analyzer = findOnPath("systemd-analyze");

if (!analyzer) console.warn("NOT TRIED: systemd-analyze, which is not on this machine");

describe("the systemd unit", () => {
  it("starts the package's command", () => {
    const [, path = ""] = /^ExecStart=\S+ \S+\/node_modules\/@mailoo-chat\/bff\/(\S+)$/m.exec(unit) ?? [];
    expect(existsSync(join(REPOSITORY, "packages/bff", path))).toBe(true);
  });

  it("sets variables that the BFF reads", () => {
    const page = readFileSync(join(REPOSITORY, "docs/bff.md"), "utf8");
    const names = Array.from(unit.matchAll(/^Environment=(\w+)=/gm), ([, name]) => name).filter(
      (name) => name !== "NODE_ENV",
    );
    expect(names).not.toEqual([]);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });

  it.runIf(analyzer)("has at most the exposure documented in docs/how-to/systemd.md", async () => {
    const page = readFileSync(join(REPOSITORY, "docs/how-to/systemd.md"), "utf8");
    const [, documented = ""] = /is ([\d.]+) of 10/.exec(page) ?? [];
    const { exitCode, output } = await runCommand(
      "systemd-analyze",
      ["security", "--offline=yes", "--no-pager", `--threshold=${Number(documented) * 10}`, UNIT],
      { output: "collect" },
    );
    expect(exitCode, output).toBe(0);
  });
});
