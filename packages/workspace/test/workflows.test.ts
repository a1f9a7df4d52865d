import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../src/repository.ts";

const workflows = globSync(".github/workflows/*.yml", { cwd: REPOSITORY });

test.each(workflows)(
  "%s runs no action that can change under its name, and may do nothing unless it says so",
  async (file) => {
    const text = await readFile(join(REPOSITORY, file), "utf8");
    const actions = Array.from(text.matchAll(/uses: *(\S+)/g), ([, action]) => action);
    expect(actions).not.toEqual([]);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(text).toMatch(/^permissions:/m);
  },
);
