import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import type { DemoPorts } from "./demo-ports.ts";
import { startServerProcess } from "./server-process.ts";
import { startSite } from "./start-site.ts";

/** The examples that `pnpm demo <name>` can show; the first unless one is named. */
export const DEMO_SITES = ["script-tag", "npm-vite", "react"] as const;

export type DemoSite = (typeof DEMO_SITES)[number];

export interface RunningSite {
  /** Resolves where the site ends by itself, with what it printed last. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export function isDemoSite(name: string): name is DemoSite {
  return DEMO_SITES.some((site) => site === name);
}

/** Starts an example's website on the site's port: static files, or Vite's development server. */
export async function startDemoSite(site: DemoSite, ports: DemoPorts): Promise<RunningSite> {
  const directory = join(REPOSITORY, "examples", site);
  const bffOrigin = `http://localhost:${ports.BFF}`;
  if (site === "script-tag") {
    const { close } = await startSite({
      directory,
      port: ports.site,
      substitutions: {
        __BFF_ORIGIN__: bffOrigin,
        __SANDBOX_ORIGIN__: `http://localhost:${ports.sandbox}`,
      },
    });
    return { ended: new Promise(() => {}), stop: close };
  }
  return startServerProcess(
    join(REPOSITORY, "node_modules/vite/bin/vite.js"),
    { VITE_CHAT_URL: bffOrigin, NODE_ENV: "development" },
    [directory, "--host", "localhost", "--port", `${ports.site}`, "--strictPort"],
  );
}
