import type { Page } from "@playwright/test";

/** What the browser says about one page. */
export interface Reading {
  /** Time in scripts, on the main thread. */
  readonly scriptMs: number;
  /** Time in everything on the main thread: scripts, styles, layout, painting. */
  readonly taskMs: number;
  /** What long tasks take beyond their first 50 ms. */
  readonly blockingMs: number;
  /** In use after garbage collection. */
  readonly heapBytes: number;
  /** In the document, its shadow roots and its iframes. */
  readonly elements: number;
}

/** As DevTools reports it, as far as it is read here. */
interface DomNode {
  readonly nodeType: number;
  readonly children?: readonly DomNode[];
  readonly shadowRoots?: readonly DomNode[];
  readonly contentDocument?: DomNode;
}

interface Counters {
  readonly scriptMs: number;
  readonly taskMs: number;
  readonly blockingMs: number;
}

declare global {
  interface Window {
    benchBlockingMs: number;
  }
}

/**
 * Reads a page's costs by DevTools. Iframes of the page's own site share its process, so they are counted with it.
 * Times count from the last `restart`; collecting garbage, which a reading does, is on nobody's account.
 */
export async function createMeter(page: Page, cpuSlowdown: number) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: cpuSlowdown });
  await page.addInitScript(() => {
    window.benchBlockingMs = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.benchBlockingMs += duration - 50;
    }).observe({ type: "longtask", buffered: true });
  });
  let start: Counters = { scriptMs: 0, taskMs: 0, blockingMs: 0 };

  async function readCounters(): Promise<Counters> {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const toMs = (name: string) =>
      (metrics.find((metric) => metric.name === name)?.value ?? Number.NaN) * 1000;
    return {
      scriptMs: toMs("ScriptDuration"),
      taskMs: toMs("TaskDuration"),
      blockingMs: await page.evaluate(() => window.benchBlockingMs),
    };
  }

  return {
    async read(): Promise<Reading> {
      const now = await readCounters();
      await devtools.send("HeapProfiler.collectGarbage");
      const { usedSize } = await devtools.send("Runtime.getHeapUsage");
      const { root } = await devtools.send("DOM.getDocument", { depth: -1, pierce: true });
      return {
        scriptMs: now.scriptMs - start.scriptMs,
        taskMs: now.taskMs - start.taskMs,
        blockingMs: now.blockingMs - start.blockingMs,
        heapBytes: usedSize,
        elements: countElements(root),
      };
    },
    async restart(): Promise<void> {
      start = await readCounters();
    },
  };
}

const ELEMENT = 1;

function countElements(node: DomNode): number {
  const below = [...(node.children ?? []), ...(node.shadowRoots ?? [])];
  if (node.contentDocument) below.push(node.contentDocument);
  return below.reduce((sum, child) => sum + countElements(child), node.nodeType === ELEMENT ? 1 : 0);
}
