import { setTimeout as sleep } from "node:timers/promises";
import type { Frame, Page } from "@playwright/test";

/** A selector for the document and every open shadow root. */
export interface Place {
  readonly selector: string;
  /** In the page's iframe rather than in the page. @default false */
  readonly inIframe?: boolean;
}

const PATIENCE_MS = 60_000;
const POLL_MS = 25;

/**
 * Resolves when it is visible, with its centre in window coordinates. Playwright's locators could do this,
 * but the script that they inject is larger than the smallest chat.
 */
export async function untilVisible(page: Page, place: Place): Promise<{ x: number; y: number }> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const frame = place.inIframe ? page.frames().find((each) => each !== page.mainFrame()) : page.mainFrame();
    const middle = frame ? await findMiddle(frame, place.selector) : null;
    if (frame && middle) return toWindow(frame, middle);
    if (performance.now() > deadlineMs) throw new Error(`${place.selector} did not appear`);
    await sleep(POLL_MS);
  }
}

async function toWindow(frame: Frame, middle: { x: number; y: number }): Promise<{ x: number; y: number }> {
  if (frame.parentFrame() === null) return middle;
  const box = await (await frame.frameElement()).boundingBox();
  return { x: middle.x + (box?.x ?? 0), y: middle.y + (box?.y ?? 0) };
}

/** Null while there is none, or while its document is loading. */
async function findMiddle(frame: Frame, selector: string): Promise<{ x: number; y: number } | null> {
  return frame
    .evaluate((wanted) => {
      const roots: ParentNode[] = [document];
      for (const root of roots) {
        for (const element of root.querySelectorAll("*")) {
          if (element.shadowRoot) roots.push(element.shadowRoot);
          if (!element.matches(wanted)) continue;
          if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
          const { left, top, width, height } = element.getBoundingClientRect();
          const middle = { x: left + width / 2, y: top + height / 2 };
          const isInWindow = middle.x > 0 && middle.y > 0 && middle.x < innerWidth && middle.y < innerHeight;
          if (width > 0 && height > 0 && isInWindow) return middle;
        }
      }
      return null;
    }, selector)
    .catch(() => null);
}
