import { createRequire } from "node:module";
import { join } from "node:path";
import { type ChildServer, startChildServer } from "../../src/servers/child-server.ts";
import { answers, type Backstage, exampleFolder } from "./backstage.ts";

/**
 * Serves an example with Vite's development server.
 *
 * @param args further arguments, such as a command of Vite's
 */
export function startVite(
  example: string,
  { bff, sandbox, site }: Backstage,
  args: readonly string[] = [],
): Promise<ChildServer> {
  const vite = join(createRequire(import.meta.url).resolve("vite/package.json"), "../bin/vite.js");
  return startChildServer({
    command: process.execPath,
    args: [
      vite,
      ...args,
      exampleFolder(example),
      "--host",
      "localhost",
      "--port",
      `${site.port}`,
      "--strictPort",
    ],
    env: { VITE_CHAT_URL: bff.url, VITE_CONSOLE_URL: sandbox.url, NODE_ENV: "development" },
    isUp: () => answers(site.origin),
  });
}
