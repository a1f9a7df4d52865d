import { ensureBrowser } from "./prerequisites/ensure-browser.ts";

// `node packages/workspace/src/ensure-browser.ts`: for those who run the browser tests alone.
process.exitCode = (await ensureBrowser(console.log)) === null ? 1 : 0;
