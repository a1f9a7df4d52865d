import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Valid option values are used, and invalid ones do no harm.

/** Attributes, a style sheet, and the resulting distance of the launcher from the right and the bottom. */
const OFFSETS: readonly (readonly [attributes: string, css: string, x: number, y: number])[] = [
  ['data-offset-x="12.5" data-offset-y="-4"', "", 12.5, -4],
  ['data-offset-x="0" data-offset-y=" 1e1 "', "", 0, 10],
  ['data-offset-x="0px" data-offset-y="calc(1rem + 4px)"', "", 0, 20],
  ['data-offset-x="3.5em" data-offset-y="calc(1em + 4px)"', "", 56, 20],
  ['data-offset-x="-.5rem" data-offset-y="10%"', "", -8, 72],
  ["", ":root { --mailoo-chat-offset-x: 0; --mailoo-chat-offset-y: 0 }", 0, 0],
  ["", "mailoo-chat-widget { --mailoo-chat-offset-x: -4px; --mailoo-chat-offset-y: 12.5px }", -4, 12.5],
  ['data-offset-x="" data-offset-y="12 px"', "", 20, 20],
  ['data-offset-x="auto" data-offset-y="NaN"', "", 20, 20],
];

for (const position of ["left", "right"] as const) {
  test(`offsets accept pixels and CSS lengths, including 0 and negative values, on the ${position}`, async ({
    page,
    house,
  }) => {
    for (const [attributes, css, x, y] of OFFSETS) {
      await page.goto(
        house.site.serve(
          "/offset",
          toPageWithWidget(house.bff.url, {
            attributes: `${attributes} data-position="${position}" data-teaser="Can we help?" data-teaser-delay-ms="0"`,
            head: `<style>${css}</style>`,
          }),
        ),
      );
      const gaps = (selector: string) =>
        page.locator(selector).evaluate((element, side) => {
          const { left, right, bottom, top } = element.getBoundingClientRect();
          return { x: side === "left" ? left : innerWidth - right, y: innerHeight - bottom, top };
        }, position);
      await page.locator(".teaser").evaluate((teaser) => {
        for (const animation of teaser.getAnimations()) animation.finish();
      });
      expect(await gaps("[part~=launcher]")).toMatchObject({ x, y });
      expect(await gaps(".teaser")).toMatchObject({ x: x + 76, y: y + 4 });
      await page.evaluate("MailooChat.open()");
      await page.getByRole("dialog").waitFor();
      await expect
        .poll(() => gaps(".panel"))
        .toEqual({ x, y: y + 76, top: Math.max(20, 720 - y - 76 - 700) });
    }
  });
}

test("invalid values keep the defaults, are reported once, and throw nothing", async ({ chat, house }) => {
  test.slow();
  const { page } = chat;
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  const warnings: string[] = [];
  page.on("console", (line) => {
    const [, option] = /Mailoo Chat: the option "(.*?)"/.exec(line.text()) ?? [];
    if (option) warnings.push(option);
  });
  const bad = {
    bff: "javascript:alert(1)",
    locale: "en_US@posix",
    position: "top",
    theme: "pink",
    accent: "no colour",
    radius: "-3",
    "z-index": "12.5",
    "offset-x": "a bit",
    launcher: "#1 button >>",
    teaser: "Can we help?",
    "teaser-delay-ms": "99999999999",
    sound: "False",
    "start-open": "0",
    strings: '{"send":',
  };
  const attributes = Object.entries(bad).map(([name, value]) => `data-${name}='${value}'`);
  const head = `<script>
    Object.defineProperty(navigator, "languages", { get: () => undefined });
    window.MailooChat = function () { (MailooChat.q = MailooChat.q || []).push(arguments); };
    MailooChat("on", "open");
    MailooChat("on", "ready", () => { window.isReady = true; });
  </script>`;
  await chat.goto(
    house.site.serve("/bad", toPageWithWidget(house.bff.url, { attributes: attributes.join(" "), head })),
  );
  await expect(chat.launcher).toHaveCSS("background-color", "rgb(58, 91, 255)");
  await expect(chat.launcher).toHaveCSS("right", "20px");
  await expect(page.locator(".teaser")).toBeVisible();
  await expect(chat.panel).toBeHidden();
  await chat.openPanel();
  await expect(chat.panel).toHaveCSS("border-top-left-radius", "20px");
  await expect(chat.sendButton).toBeVisible();
  await chat.send("All is well");
  await expect(chat.message("All is well")).toHaveAttribute("data-state", "sent");
  expect(await page.evaluate("isReady")).toBe(true);
  expect(warnings.sort()).toEqual(
    [
      "accent",
      "bff",
      "launcher",
      "offsetX",
      "position",
      "radius",
      "strings",
      "teaserDelayMs",
      "theme",
      "zIndex",
    ].sort(),
  );
  // The one invalid call is the page's own error.
  expect(errors.length).toBeLessThanOrEqual(1);
});
