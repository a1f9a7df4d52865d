import { findBrowser } from "@mailoo-chat/workspace/find-browser";
import { chromium } from "@playwright/test";
import { CHROMIUM_ARGS } from "../src/chromium-args.ts";
import type { Engine } from "./engine.ts";
import { toExpression } from "./to-expression.ts";

/** Chrome, Edge, Opera and others: Chromium, by Playwright. */
export const blink: Engine = {
  name: "Blink",
  missing: () => (findBrowser() === null ? "there is no Chromium" : null),
  async start() {
    const browser = await chromium.launch({ executablePath: `${findBrowser()}`, args: [...CHROMIUM_ARGS] });
    const page = await browser.newPage();
    return {
      page: {
        open: async (url) => void (await page.goto(url)),
        reload: async () => void (await page.reload()),
        evaluate: (action, ...args) => page.evaluate(toExpression(action, args)),
        click: (x, y) => page.mouse.click(x, y),
        type: (text) => page.keyboard.type(text),
        press: (key) => page.keyboard.press(key),
      },
      [Symbol.asyncDispose]: () => browser.close(),
    };
  },
};
