import type { Page } from "@playwright/test";
import { expect, test } from "./chat-test.ts";

// What a widget costs those who never use it, and those who do.

test("[EMBED-1] before the first intent: no socket, no session, no shift of the page, no long task on a slow machine", async ({
  page,
  house,
}) => {
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const sessionsBefore = house.sandbox.sessions().length;
  await observeCost(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });

  // A task is long by the clock on the wall, so a machine that has much else to do makes some: a long one of the widget's
  // own would be there each time.
  let longTasks: readonly string[] = ["not measured"];
  for (let round = 1; round <= 12 && longTasks.length > 0; round += 1) {
    await page.goto(house.pageUrl);
    await page.getByRole("button", { name: "Open chat" }).waitFor();
    await page.waitForLoadState("networkidle");
    const cost = await readCost(page);
    expect(cost.shifts).toEqual([]);
    longTasks = cost.longTasks;
  }
  expect(longTasks).toEqual([]);
  expect(sockets).toEqual([]);
  expect(house.sandbox.sessions()).toHaveLength(sessionsBefore);
});

for (const [intent, show] of [
  ["the pointer comes over the launcher", (page: Page) => page.locator("[part~=launcher]").hover()],
  ["the launcher is reached by Tab", (page: Page) => page.locator("[part~=launcher]").focus()],
] as const) {
  test(`the panel is fetched when ${intent}, and drawn in the frame in which it is wanted`, async ({
    page,
    house,
  }) => {
    const fetched: string[] = [];
    page.on("requestfinished", (request) => fetched.push(new URL(request.url()).pathname));
    await page.goto(house.pageUrl);
    await page.getByRole("button", { name: "Open chat" }).waitFor();
    expect(fetched.some((path) => path.includes("/core"))).toBe(false);
    await show(page);
    await expect.poll(() => fetched.some((path) => path.includes("/core"))).toBe(true);
    // The badge comes with the core: then it has been run.
    await page.locator("[part~=launcher] > *").waitFor({ state: "attached" });

    const isThere = await page.evaluate(() => {
      const root = document.querySelector("mailoo-chat-widget")?.shadowRoot;
      root?.querySelector<HTMLElement>("[part~=launcher]")?.click();
      const panel = root?.querySelector("[role=dialog]");
      return panel !== null && panel !== undefined && getComputedStyle(panel).visibility === "visible";
    });
    expect(isThere).toBe(true);
  });
}

interface Cost {
  readonly shifts: readonly string[];
  /** Since the script was there. */
  readonly longTasks: readonly string[];
}

/** From the next page on, keeps what the browser tells of unquiet moments. */
async function observeCost(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { shifts: [] as string[], longTasks: [] as PerformanceEntry[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shifts.push(JSON.stringify(entry));
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries())).observe({
      type: "longtask",
      buffered: true,
    });
  });
}

/** What was told so far, the next frame's included. */
async function readCost(page: Page): Promise<Cost> {
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const { seen } = window as unknown as { seen: { shifts: string[]; longTasks: PerformanceEntry[] } };
    const [script] = performance
      .getEntriesByType("resource")
      .filter(({ name }) => name.endsWith("/widget.js"));
    const sinceMs = (script as PerformanceResourceTiming).responseEnd;
    const longTasks = seen.longTasks.filter(({ startTime, duration }) => startTime + duration > sinceMs);
    return { shifts: seen.shifts, longTasks: longTasks.map(({ duration }) => `${duration} ms`) };
  });
}
