import type { Page } from "@playwright/test";
import type { House } from "./chat-test.ts";

interface PageOptions {
  readonly attributes?: string;
  /** @default a target with a height */
  readonly target?: string;
  /** HTML before the target. */
  readonly before?: string;
  readonly head?: string;
}

export const TARGET = '<div id="chat" style="height:500px;width:420px"></div>';
export const FAR = '<p style="height:3000px">A long story</p>';

/** Serves a page with a chat of mode `inline` in `#chat`. */
export function serveInline(house: House, path: string, options: PageOptions = {}): string {
  const { attributes = "", target = TARGET, before = "", head = "" } = options;
  const script = `<script async src="${house.bff.url}/widget.js" data-mode="inline" data-target="#chat" ${attributes}></script>`;
  return house.site.serve(path, {
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Help</title>${head}${script}</head>
<body><h1>Help</h1><input id="search" autofocus aria-label="Search">${before}${target}${FAR}</body></html>`,
  });
}

/** The inline chat of a page, by its role. */
export function regionOf(page: Page) {
  const region = page.getByRole("region", { name: "Chat" });
  const composer = region.getByRole("textbox", { name: "Message" });
  return {
    region,
    composer,
    message: (text: string) => region.locator("[data-message-id]", { hasText: text }),
  };
}
