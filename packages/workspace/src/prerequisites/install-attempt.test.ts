import { expect, test } from "vitest";
import { ensureProgram, type InstallAttempt } from "./install-attempt.ts";

const attempt = (description: string, run: () => boolean): InstallAttempt => ({
  description,
  run: async () => run(),
});

test("installs nothing where the program is there", async () => {
  const never = attempt("never", () => expect.unreachable("nothing is to be installed"));
  await expect(
    ensureProgram(
      "redis",
      () => "/usr/bin/redis",
      [never],
      () => {},
    ),
  ).resolves.toBe("/usr/bin/redis");
});

test("tries one way after the other, reports each, and stops at the first that helps", async () => {
  let installed: string | null = null;
  const lines: string[] = [];
  const attempts = [
    attempt("a", () => false),
    attempt("b", () => true),
    attempt("c", () => {
      installed = "/opt/redis";
      return true;
    }),
    attempt("d", () => expect.unreachable("it is there already")),
  ];
  await expect(
    ensureProgram(
      "redis",
      () => installed,
      attempts,
      (line) => lines.push(line),
    ),
  ).resolves.toBe("/opt/redis");
  expect(lines).toEqual([
    "redis: not found, trying a",
    "redis: a failed",
    "redis: not found, trying b",
    "redis: b left nothing that can be run",
    "redis: not found, trying c",
  ]);
});

test("says so where no way helped", async () => {
  await expect(
    ensureProgram(
      "redis",
      () => null,
      [attempt("a", () => false)],
      () => {},
    ),
  ).resolves.toBeNull();
});
