import type { Page } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// The widget on pages with hostile style sheets, and its effect on the page.

const STYLES: Readonly<Record<string, string>> = {
  "resets everything": "* { all: unset !important }",
  "hides every element of the widget's kind":
    "div, button, mailoo-chat-widget { display: none !important; opacity: 0 !important; visibility: hidden !important }",
  "sets a small rem": "html { font-size: 62.5% }",
  "transforms the body":
    "body { transform: rotate(2deg) scale(.5); zoom: .8; letter-spacing: 2em; direction: rtl; filter: blur(1px) }",
  "sets all inherited styles":
    "html, body, mailoo-chat-widget { color: red; direction: rtl; font: italic 40px fantasy; letter-spacing: 2em; line-height: 4; text-align: center; text-transform: uppercase; visibility: hidden; word-spacing: 1em; white-space: pre; text-indent: 3em; cursor: wait; pointer-events: none; user-select: none; writing-mode: vertical-rl }",
  "positions elements after the body":
    "body ~ * { position: static !important; transform: scale(2) !important; width: 100vw; margin: 50px; padding: 50px; contain: strict; overflow: hidden }",
};

for (const [habit, css] of Object.entries(STYLES)) {
  test(`the widget looks the same on a page that ${habit}, and does not change the page`, async ({
    page,
    house,
  }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    const plain = toPageWithWidget(house.bff.url);
    const styled = toPageWithWidget(house.bff.url, { head: `<style>${css}</style>` });
    const withoutWidget = { html: styled.html.replace(/<script async.*<\/script>/, "") };

    await page.goto(house.site.serve("/without", withoutWidget));
    const pageBefore = await looksOf(page, null);
    await page.goto(house.site.serve("/plain", plain));
    await openWidget(page);
    const widgetBefore = await looksOf(page, "mailoo-chat-widget");
    expect(widgetBefore.length).toBeGreaterThan(20);

    await page.goto(house.site.serve("/styled", styled));
    await openWidget(page);
    expect(differences(widgetBefore, await looksOf(page, "mailoo-chat-widget"))).toEqual([]);
    expect(differences(pageBefore, await looksOf(page, null))).toEqual([]);
  });
}

async function openWidget(page: Page): Promise<void> {
  await page.locator("[part~=launcher]").click();
  await page.locator("mailoo-chat-widget [data-message-id=welcome]").waitFor();
  await page
    .getByRole("dialog")
    .getByText(/Online|Away/)
    .waitFor();
  // Keep the pointer off the launcher, which has a hover style.
  await page.mouse.move(1, 1);
}

/** An element's name, and its computed position and style. */
type Look = Readonly<Record<string, string>>;

/** The styles of all elements in a host's shadow root, or those of the page for null. */
async function looksOf(page: Page, host: string | null): Promise<readonly Look[]> {
  return page.evaluate((selector) => {
    const root = selector === null ? document.documentElement : document.querySelector(selector)?.shadowRoot;
    const elements = Array.from(root?.querySelectorAll(":not(script, style, mailoo-chat-widget)") ?? []);
    return elements.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      // The position of an invisible element does not matter.
      const place = width * height === 0 ? "none" : `${x}, ${y}, ${width}, ${height}`;
      const style = getComputedStyle(element);
      const values = Array.from(style, (name) => [name, style.getPropertyValue(name)] as const);
      return { element: element.localName, place, ...Object.fromEntries(values) };
    });
  }, host);
}

function differences(before: readonly Look[], after: readonly Look[]): readonly string[] {
  if (before.length !== after.length) return [`${before.length} elements, then ${after.length}`];
  return before.flatMap((look, index) =>
    Object.entries(look).flatMap(([name, value]) => {
      const now = after[index]?.[name];
      return now === value ? [] : `${look.element}: ${name} was ${value}, is ${now}`;
    }),
  );
}
