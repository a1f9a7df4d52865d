import type { Browser } from "@playwright/test";
import type { ChatServer } from "./chat-server.ts";
import type { Stand } from "./contestant.ts";
import { createMeter, type Reading } from "./meter.ts";
import type { PageServer } from "./page-server.ts";
import { untilVisible } from "./place.ts";
import { watchNetwork } from "./watch-network.ts";

/** What a chat costs a page from one moment to another, and what stands there at the end. */
export interface Phase extends Reading {
  readonly requests: number;
  /** Of all bodies, after Brotli. */
  readonly bytes: number;
}

export interface Visit {
  /** From the first byte of the page until the chat is drawn and the network is quiet. */
  readonly load: Phase;
  /** From the click on the launcher until there is a text box and the network is quiet; null where nothing opens. */
  readonly open: Phase | null;
}

export interface VisitOptions {
  readonly browser: Browser;
  readonly site: PageServer;
  /** Null for a page without a chat. */
  readonly chat: { readonly stand: Stand; readonly server: ChatServer } | null;
  /** How many times slower than this machine. */
  readonly cpuSlowdown: number;
}

/** Where there is no chat, the page itself is waited for. */
const EMPTY_PAGE = { launcher: null, textBox: { selector: "h1" } };

/** A visitor with an empty cache comes, sees the chat, and opens it. */
export async function measureVisit({ browser, site, chat, cpuSlowdown }: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  try {
    const page = await context.newPage();
    const network = watchNetwork(page);
    const meter = await createMeter(page, cpuSlowdown);
    const toPhase = async (): Promise<Phase> => {
      await network.untilQuiet();
      const transfers = chat?.server.takeTransfers() ?? [];
      return {
        ...(await meter.read()),
        requests: network.takeCount(),
        bytes: transfers.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    };

    chat?.server.takeTransfers();
    await page.goto(site.urlOf(chat?.stand.snippet(chat.server.origin) ?? ""), { waitUntil: "commit" });
    const { launcher, textBox } = chat?.stand ?? EMPTY_PAGE;
    await untilVisible(page, launcher ?? textBox);
    const load = await toPhase();
    if (!launcher) return { load, open: null };

    // By now nothing moves into its place any more.
    const { x, y } = await untilVisible(page, launcher);
    await meter.restart();
    await page.mouse.click(x, y);
    await untilVisible(page, textBox);
    return { load, open: await toPhase() };
  } finally {
    await context.close();
  }
}
