import type { Locator } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Texts and focus rings are visible on every accent, also after the page changes it at run time.

const ACCENTS = [
  "#3a5bff",
  "#000",
  "#fff",
  "#ff0",
  "#f00",
  "#0f0",
  "#00f",
  "#767676",
  "#777",
  "#10172a",
  "#eef1f7",
  "#c2261b",
  "#ff8b80",
  "#a3acbf",
  "#5b6478",
  "#0a7d33",
  "#ff6a00",
  "oklch(0.6 0.2 30)",
  "hsl(285 80% 60%)",
  "color(display-p3 0 0.6 0.4)",
];

declare global {
  interface Window {
    /** The WCAG 2.2 contrast of two colours as painted, without parsing computed values. */
    contrast(one: string | undefined, other: string | undefined): number;
  }
}

test.beforeEach(({ page }) =>
  page.addInitScript(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const toLuminance = (color = "") => {
      if (!canvas) throw new Error("no canvas");
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((channel) => {
        const value = channel / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    window.contrast = (...colors) => {
      const [dark = 0, light = 0] = colors.map(toLuminance).sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
  }),
);

/** The focused element's ring, and its contrast with the colours inside and outside of it. */
function readRing(element: Locator) {
  return element.evaluate((control: HTMLElement) => {
    control.focus();
    const style = getComputedStyle(control);
    const [width, offset] = [Number.parseFloat(style.outlineWidth), Number.parseFloat(style.outlineOffset)];
    const [, shadow, spread] = /^(.*\)) 0px 0px 0px ([\d.]+)px$/.exec(style.boxShadow) ?? [];
    const toBackground = (from: Element | null): string | undefined => {
      for (let at = from; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
      }
      return undefined;
    };
    const around = toBackground(control.parentElement);
    const isBanded = shadow && Number(spread) >= width + offset + 2;
    const inside = isBanded ? shadow : offset > 0 ? around : toBackground(control);
    const outside = isBanded ? shadow : offset < 0 ? toBackground(control) : around;
    return {
      style: style.outlineStyle,
      contrasts: [inside, outside].map((beside) => window.contrast(style.outlineColor, beside)),
    };
  });
}

for (const theme of ["light", "dark"] as const) {
  test(`focus rings and texts have enough contrast on 20 accents, ${theme}`, async ({ chat, house }) => {
    test.slow();
    const { page } = chat;
    const greeting = `data-theme="${theme}" data-teaser="Can we help?" data-teaser-delay-ms="0"`;
    await chat.goto(
      house.site.serve(`/rings-${theme}`, toPageWithWidget(house.bff.url, { attributes: greeting })),
    );
    // The launcher has the browser's own ring until the core has loaded.
    await page.locator(".teaser").waitFor();
    await page.keyboard.press("Tab");
    for (const control of [chat.launcher, page.locator(".teaser .text"), page.locator(".teaser .dismiss")]) {
      const { style, contrasts } = await readRing(control);
      expect(style).toBe("solid");
      for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(3);
    }
    await chat.openPanel();
    await chat.send("See https://example.com/a");
    const link = chat.message("See").getByRole("link");
    await link.waitFor();
    await chat.composer.fill("next");
    const controls = {
      send: chat.sendButton,
      minimise: chat.panel.getByRole("button", { name: "Minimise" }),
      link,
      panel: chat.panel,
    };
    for (const accent of ACCENTS) {
      await page.evaluate(
        (color) => document.documentElement.style.setProperty("--mailoo-chat-accent", color),
        accent,
      );
      await page.keyboard.press("Shift");
      for (const [name, control] of Object.entries(controls)) {
        const { style, contrasts } = await readRing(control);
        expect(style, `${name} on ${accent}`).toBe("solid");
        for (const contrast of contrasts) expect(contrast, `${name} on ${accent}`).toBeGreaterThanOrEqual(3);
      }
      for (const selector of ["[data-author=visitor] .bubble", ".send", ".avatar"]) {
        const contrast = await page
          .locator(selector)
          .first()
          .evaluate((element) => {
            const { color, backgroundColor } = getComputedStyle(element);
            return window.contrast(color, backgroundColor);
          });
        expect(contrast, `${selector} on ${accent}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
}

/** The same 50 colours in every run. */
function* toRandomAccents(): Generator<string> {
  let state = 20_261_126;
  for (let count = 0; count < 50; count += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield `#${(state >> 7).toString(16).padStart(6, "0").slice(-6)}`;
  }
}

for (const theme of ["light", "dark"] as const) {
  test(`neutral colours have enough contrast for 50 random accents, ${theme}`, async ({ chat, house }) => {
    test.slow();
    await chat.goto(
      house.site.serve(
        `/neutrals-${theme}`,
        toPageWithWidget(house.bff.url, { attributes: `data-theme="${theme}"` }),
      ),
    );
    await chat.openPanel();
    const root = chat.page.locator("mailoo-chat-widget .root");
    const ratios = await root.evaluate(
      (element, accents) => {
        const probe = element.appendChild(document.createElement("i"));
        const toColor = (name: string) => {
          probe.style.color = `var(${name})`;
          return getComputedStyle(probe).color;
        };
        const toContrast = ([one = "", other = ""]: readonly string[]) =>
          window.contrast(toColor(one), toColor(other));
        return accents.map((accent) => {
          document.documentElement.style.setProperty("--mailoo-chat-accent", accent);
          return {
            accent,
            texts: [
              ["--text", "--soft"],
              ["--muted", "--soft"],
              ["--muted", "--surface"],
              ["--danger", "--surface"],
              ["--danger", "--soft"],
              ["--on-accent", "--accent"],
            ].map(toContrast),
            edges: [
              ["--edge", "--surface"],
              ["--ring", "--surface"],
            ].map(toContrast),
          };
        });
      },
      [...toRandomAccents(), "#000", "#fff"],
    );
    expect(ratios.length).toBe(52);
    for (const { accent, texts, edges } of ratios) {
      for (const ratio of texts) expect(ratio, `${texts} of ${accent}`).toBeGreaterThanOrEqual(4.5);
      for (const ratio of edges) expect(ratio, `${edges} of ${accent}`).toBeGreaterThanOrEqual(3);
    }
  });
}

test("the focused text box has an outline in forced colours", async ({ chat, house }) => {
  await chat.page.emulateMedia({ forcedColors: "active" });
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.focus();
  await expect(chat.composer).toHaveCSS("outline-style", "solid");
});

test("greeting and menu are not animated for visitors who prefer reduced motion", async ({ chat, house }) => {
  await chat.page.emulateMedia({ reducedMotion: "reduce" });
  const greeting = 'data-teaser="Can we help?" data-teaser-delay-ms="0"';
  await chat.goto(house.site.serve("/still", toPageWithWidget(house.bff.url, { attributes: greeting })));
  await expect(chat.page.locator(".teaser")).toHaveCSS("animation-name", "none");
  await chat.openPanel();
  await chat.panel.getByRole("button", { name: "More options" }).click();
  await expect(chat.panel.getByRole("menu")).toHaveCSS("animation-name", "none");
});
