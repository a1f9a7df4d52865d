import { writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { NOTICE_FILES } from "./notices/notice-files.ts";
import { REPOSITORY } from "./repository.ts";

// `pnpm notices`: the licences of whatever code of others the built packages contain. Needs the build.

for (const { file, expected } of NOTICE_FILES) {
  await writeFile(file, await expected());
  console.log(relative(REPOSITORY, file));
}
