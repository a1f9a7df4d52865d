import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { STATES } from "../browser/accessibility-states.ts";
import { test } from "../browser/chat-test.ts";

// `pnpm gallery`: every state of the widget in every look, as pictures on one page.

const FOLDER = join(import.meta.dirname, "../test-results/gallery");

interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly accent?: string;
  readonly dir?: "rtl";
}

const LOOKS: Readonly<Record<string, Look>> = {
  light: {},
  dark: { colorScheme: "dark" },
  rtl: { dir: "rtl" },
  white: { accent: "#fff" },
  yellow: { accent: "#ffd400" },
  magenta: { accent: "#d6006d" },
  "white, dark": { accent: "#fff", colorScheme: "dark" },
  "navy, dark": { accent: "#0b1f3a", colorScheme: "dark" },
};

const DEVICES = {
  desktop: { viewport: { width: 500, height: 760 }, looks: Object.keys(LOOKS) },
  phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, looks: ["light", "dark"] },
} as const;

const pictures: string[] = [];

for (const [device, { looks, ...options }] of Object.entries(DEVICES)) {
  test.describe(device, () => {
    test.use(options);
    for (const [state, bring] of Object.entries(STATES)) {
      test(state, async ({ chat, house }) => {
        await bring(chat, house);
        await mkdir(FOLDER, { recursive: true });
        for (const look of looks) {
          await dress(chat.page, LOOKS[look] ?? {});
          const name = `${state}, ${device}, ${look}.png`.replaceAll(" ", "-");
          await chat.page.screenshot({ path: join(FOLDER, name), animations: "disabled" });
          pictures.push(name);
        }
      });
    }
  });
}

test.afterAll(async () => {
  const figures = pictures.map(
    (name) => `<figure><img src="${name}" alt=""><figcaption>${name}</figcaption></figure>`,
  );
  await writeFile(
    join(FOLDER, "index.html"),
    `<!doctype html><meta charset="utf-8"><title>Gallery</title>
<style>body{display:flex;flex-wrap:wrap;gap:16px;font:13px system-ui}figure{margin:0}img{border:1px solid #ccc}</style>
${figures.join("\n")}\n`,
  );
});

async function dress(page: Page, { colorScheme = "light", accent = "", dir }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate(
    ([color, direction, background]) => {
      const { style } = document.documentElement;
      style.setProperty("--mailoo-chat-accent", color);
      style.background = background;
      const root = document.querySelector("mailoo-chat-widget")?.shadowRoot?.querySelector(".root");
      // Not by `dir`, which the widget resets when the colour scheme changes.
      if (root instanceof HTMLElement) root.style.direction = direction;
    },
    [accent, dir ?? "ltr", colorScheme === "dark" ? "#222" : "#f4f1ea"] as const,
  );
}
