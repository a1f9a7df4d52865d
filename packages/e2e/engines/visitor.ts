import { setTimeout as sleep } from "node:timers/promises";
import type { EnginePage } from "./engine.ts";
import { readWidget, type SeenMessage, type ViewOfPanel, type ViewOfWidget } from "./view-of-widget.ts";

/** A visitor who uses the widget, with any browser driver. */
export interface Visitor {
  /** Opens a page and waits for a launcher with that name. */
  visit(url: string, launcherName: string): Promise<void>;
  /** Opens a page in a conversation. Resolves to the panel, which stays open from the previous page. */
  continueOn(url: string): Promise<ViewOfPanel>;
  /** Loads the page again, and waits for the panel as `continueOn()` does. */
  reload(): Promise<void>;
  /** Clicks on the launcher; resolves to the open panel. */
  openPanel(): Promise<ViewOfPanel>;
  /** Types a text and sends it by Enter; resolves when it is confirmed. */
  send(text: string): Promise<void>;
  /** Resolves when the open panel shows a message with that text. */
  sees(text: string, sought?: Partial<SeenMessage>): Promise<void>;
  /** The texts of the open panel, the welcome included. */
  texts(): Promise<readonly string[]>;
}

/** The longest documented delay, and a margin for a busy machine. */
const PATIENCE_MS = 25_000;

export function createVisitor(page: EnginePage): Visitor {
  /** Polls until there is a value. */
  async function until<T>(
    description: string,
    look: (view: ViewOfWidget) => T | null | undefined,
  ): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const view = await page.evaluate(readWidget);
      const seen = look(view);
      if (seen) return seen;
      if (performance.now() > deadline) throw new Error(`no ${description}: ${JSON.stringify(view)}`);
      await sleep(30);
    }
  }

  const closedLauncher = (name: string) =>
    until(`launcher named "${name}"`, ({ launcher, panel }) =>
      launcher?.name === name && panel === null ? launcher : null,
    );

  const openPanel = () => until("open panel", ({ panel }) => panel?.composer && panel);

  const sees: Visitor["sees"] = async (text, sought = {}) => {
    const expected: Partial<SeenMessage> = { text, ...sought };
    await until(`message like ${JSON.stringify(expected)}`, ({ panel }) =>
      panel?.messages.some((message) =>
        Object.entries(expected).every(([name, value]) => message[name as keyof SeenMessage] === value),
      ),
    );
  };

  let launcherName = "";
  return {
    async visit(url, name) {
      launcherName = name;
      await page.open(url);
      await closedLauncher(name);
    },
    async continueOn(url) {
      await page.open(url);
      return openPanel();
    },
    async reload() {
      await page.reload();
      await openPanel();
    },
    async openPanel() {
      const { x, y } = await closedLauncher(launcherName);
      await page.click(x, y);
      return openPanel();
    },
    async send(text) {
      const { x, y } = await until("composer", ({ panel }) => panel?.composer);
      await page.click(x, y);
      await page.type(text);
      await page.press("Enter");
      await sees(text, { author: "visitor", state: "sent" });
    },
    sees,
    async texts() {
      const messages = await until("open panel", ({ panel }) => panel?.messages);
      return messages.map(({ text }) => text);
    },
  };
}
