import { setTimeout as sleep } from "node:timers/promises";
import type { Page, Request } from "@playwright/test";

const QUIET_MS = 500;
const PATIENCE_MS = 20_000;

/** Counts what a page and its iframes ask for, the page itself left out, and knows when they have stopped asking. */
export function watchNetwork(page: Page) {
  const open = new Set<Request>();
  let count = 0;
  let changedAtMs = performance.now();
  const change = () => {
    changedAtMs = performance.now();
  };
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) return;
    open.add(request);
    count += 1;
    change();
  });
  page.on("websocket", () => {
    count += 1;
    change();
  });
  for (const end of ["requestfinished", "requestfailed"] as const) {
    page.on(end as "requestfinished", (request) => {
      open.delete(request);
      change();
    });
  }

  return {
    /** Requests, sockets included, since this was last asked. */
    takeCount(): number {
      const taken = count;
      count = 0;
      return taken;
    },
    /** Half a second without a request begun, open or ended. */
    async untilQuiet(): Promise<void> {
      const deadlineMs = performance.now() + PATIENCE_MS;
      change();
      while (open.size > 0 || performance.now() - changedAtMs < QUIET_MS) {
        if (performance.now() > deadlineMs) throw new Error("the page does not stop asking");
        await sleep(20);
      }
    },
  };
}
