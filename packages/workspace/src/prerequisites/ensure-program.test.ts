import { expect, test } from "vitest";
import { ensureProgram } from "./ensure-program.ts";

const advice = "Install Redis.";

test("runs installers in order until the program is found, and prints each", async () => {
  const lines: string[] = [];
  const found = [null, null, "/usr/bin/redis"];
  const program = {
    name: "redis",
    find: () => found.shift() ?? null,
    installers: [["false"], ["true"], ["never-run"]] as const,
    advice,
  };
  await expect(ensureProgram(program, (line) => lines.push(line))).resolves.toBe("/usr/bin/redis");
  expect(lines).toEqual([
    "redis: not found, running false",
    "redis: false failed",
    "redis: not found, running true",
    "redis: /usr/bin/redis",
  ]);
});

test("names in one line what to install if it cannot", async () => {
  const lines: string[] = [];
  const program = { name: "redis", find: () => null, installers: [], advice };
  await expect(ensureProgram(program, (line) => lines.push(line))).resolves.toBeNull();
  expect(lines).toEqual(["redis: not found. Install Redis."]);
});
