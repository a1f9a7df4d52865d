import { findOnPath, isExecutable } from "@mailoo-chat/workspace/find-on-path";
import puppeteer from "puppeteer-core";
import type { Engine } from "./engine.ts";
import { toExpression } from "./to-expression.ts";

/** Firefox, by Puppeteer over WebDriver BiDi. */
export const gecko: Engine = {
  name: "Gecko",
  missing: () => (findFirefox() === null ? "there is no Firefox (Debian's package is firefox-esr)" : null),
  async start() {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: `${findFirefox()}`,
      headless: true,
      defaultViewport: { width: 1024, height: 730 },
    });
    const page = await browser.newPage();
    return {
      page: {
        open: async (url) => void (await page.goto(url)),
        reload: async () => void (await page.reload()),
        evaluate: (action, ...args) => page.evaluate(toExpression(action, args)) as Promise<never>,
        click: (x, y) => page.mouse.click(x, y),
        type: (text) => page.keyboard.type(text),
        press: (key) => page.keyboard.press(key),
      },
      [Symbol.asyncDispose]: () => browser.close(),
    };
  },
};

const ON_A_MAC = "/Applications/Firefox.app/Contents/MacOS/firefox";

function findFirefox(): string | null {
  return findOnPath("firefox-esr") ?? findOnPath("firefox") ?? (isExecutable(ON_A_MAC) ? ON_A_MAC : null);
}
