import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { withPromises } from "./promises-section.ts";

const page = join(REPOSITORY, "docs/protocol.md");
writeFileSync(page, withPromises(readFileSync(page, "utf8")));
