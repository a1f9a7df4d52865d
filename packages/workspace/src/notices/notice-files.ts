import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import type { ThirdParty } from "./list-third-parties.ts";
import { toNotices } from "./to-notices.ts";

/** A package with the code of others in its build, and what its notices must say. */
export interface NoticeFile {
  readonly file: string;
  /** @throws where the package has not been built */
  expected(): Promise<string>;
}

export const NOTICE_FILES: readonly NoticeFile[] = ["widget", "sandbox"].map((name) => {
  const folder = join(REPOSITORY, "packages", name);
  return {
    file: join(folder, "THIRD-PARTY-NOTICES.md"),
    async expected() {
      // Written by the build, which runs `list-third-parties.ts`.
      const list = await readFile(join(folder, ".tmp/third-parties.json"), "utf8");
      return toNotices(`@mailoo-chat/${name}`, JSON.parse(list) as ThirdParty[]);
    },
  };
});
