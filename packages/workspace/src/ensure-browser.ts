import { ensureBrowser } from "./prerequisites/ensure-program.ts";

// `pnpm ensure-browser`: before the browser tests are run alone.
process.exitCode = (await ensureBrowser()) === null ? 1 : 0;
