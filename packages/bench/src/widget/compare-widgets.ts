import { cpus } from "node:os";
import { findBrowser } from "@mailoo-chat/workspace/find-browser";
import { chromium } from "@playwright/test";
import { type ChatServer, startChatServer } from "./chat-server.ts";
import type { Contestant, Stand } from "./contestant.ts";
import { CONTESTANTS } from "./contestants.ts";
import { installPeers, peerVersion } from "./install-peers.ts";
import { measureVisit, type Visit } from "./measure-visit.ts";
import { startPageServer } from "./page-server.ts";
import { type Summary, toSummary } from "./to-summary.ts";

export interface Comparison {
  readonly measuredAt: string;
  readonly machine: string;
  readonly browser: string;
  /** Visits of each contestant at each speed; the figures are their medians. */
  readonly runs: number;
  /** Ours first. */
  readonly widgets: readonly ComparedWidget[];
}

export interface ComparedWidget extends Summary {
  readonly name: string;
  readonly version: string | null;
  readonly embedding: string;
}

export interface CompareOptions {
  readonly runs: number;
  readonly log: (line: string) => void;
}

/** A quarter of this machine's speed stands for a phone's. */
export const SLOWDOWN = 4;

interface Visited {
  readonly contestant: Contestant;
  readonly chat: { readonly stand: Stand; readonly server: ChatServer };
  readonly normal: Visit[];
  readonly slow: Visit[];
}

/**
 * Visits all chats in turn, several times, so that other load on the machine affects all.
 * @throws if a peer cannot be installed or does not render
 */
export async function compareWidgets({ runs, log }: CompareOptions): Promise<Comparison> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error("There is no browser: set CHROME_PATH.");
  await installPeers();

  await using resources = new AsyncDisposableStack();
  const site = resources.use(await startPageServer());
  const visited: Visited[] = [];
  for (const contestant of CONTESTANTS) {
    const stand = await contestant.prepare();
    const server = resources.use(await startChatServer(stand));
    visited.push({ contestant, chat: { stand, server }, normal: [], slow: [] });
  }
  const browser = await chromium.launch({
    executablePath,
    // Requests to the internet are blocked. They count as requests of zero bytes.
    args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  resources.defer(() => browser.close());

  log("visits each once, to have everything ready");
  for (const { chat } of visited) await measureVisit({ browser, site, chat, cpuSlowdown: 1 });
  const empty: { readonly normal: Visit[]; readonly slow: Visit[] } = { normal: [], slow: [] };
  for (let run = 1; run <= runs; run += 1) {
    log(`visits each for the ${run}. time of ${runs}`);
    for (const { chat, normal, slow } of [{ chat: null, ...empty }, ...visited]) {
      normal.push(await measureVisit({ browser, site, chat, cpuSlowdown: 1 }));
      slow.push(await measureVisit({ browser, site, chat, cpuSlowdown: SLOWDOWN }));
    }
  }

  const [processor] = cpus();
  return {
    measuredAt: new Date().toISOString(),
    machine: `${cpus().length} × ${processor?.model.trim() ?? "unknown processor"}, ${process.platform}`,
    browser: `Chromium ${browser.version()}`,
    runs,
    widgets: await Promise.all(
      visited.map(async ({ contestant: { name, packageName, embedding }, ...visits }) => ({
        name,
        version: packageName === null ? null : await peerVersion(packageName),
        embedding,
        ...toSummary(visits, empty),
      })),
    ),
  };
}
