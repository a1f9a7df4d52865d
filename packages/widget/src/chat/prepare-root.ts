import type { Shell } from "../launcher/shell.ts";
import { isLight } from "./is-light.ts";
import css from "./panel.css?inline";
import { warnOfOptions } from "./warn-of-options.ts";

const RTL = /^(?:ar|fa|he|ur)/;

/** Language, direction, colours and style sheet of everything inside the widget. */
export function prepareRoot({ launcher, locale, options, root, shadow, signal }: Shell): void {
  // Where the style sheet can, it does this by itself, and follows an accent that changes.
  if (!CSS.supports("color", "lch(from red l c h)") && isLight(readAccent(root))) {
    root.style.setProperty("--on-accent", "#000");
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  warnOfOptions(options);
  root.classList.add("root");
  root.classList.toggle("bare", !root.contains(launcher));
  root.lang = locale;
  root.dir = RTL.test(locale) ? "rtl" : "ltr";

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const applyTheme = () =>
    root.classList.toggle("dark", options.theme === "dark" || (options.theme !== "light" && dark.matches));
  dark.addEventListener("change", applyTheme, { signal });
  applyTheme();

  // The page's shortcuts are not meant for what is typed here.
  for (const type of ["keydown", "keypress", "keyup"])
    root.addEventListener(type, (event) => event.stopPropagation(), { signal });
}

/** The channels of the accent, from whichever style sheet; none in a notation newer than `rgb()`. */
function readAccent(root: HTMLElement): readonly number[] {
  const probe = document.createElement("i");
  probe.style.color = "var(--accent)";
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return /^rgb/.test(color) ? (color.match(/[\d.]+/g) ?? []).map(Number) : [];
}
