import type { Shell } from "../launcher/shell.ts";
import css from "./panel.css?inline";

const RTL = /^(?:ar|fa|he|ur)/;

/** The element's `dir` may also be `auto`, or empty. */
const DIRECTION = /^(?:ltr|rtl)$/;

/**
 * Language, direction, colours and style sheet of everything inside the widget.
 *
 * @returns brings all of it in line with the options of now.
 */
export function prepareRoot(shell: Shell): () => void {
  const { launcher, root, shadow, signal } = shell;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  root.classList.add("root");

  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", apply, { signal });
  apply();

  function apply(): void {
    const { locale, options } = shell;
    const { dir } = document.documentElement;
    root.classList.toggle("bare", !root.contains(launcher));
    root.classList.toggle("dark", options.theme === "dark" || (options.theme !== "light" && dark.matches));
    root.lang = locale;
    root.dir = options.locale === "auto" && DIRECTION.test(dir) ? dir : RTL.test(locale) ? "rtl" : "ltr";
    // Where the style sheet can, it does this by itself, and follows an accent that changes.
    if (!CSS.supports("color", "lch(from red l c h)"))
      shell
        .load("on-accent")
        .then(({ setOnAccent }) => setOnAccent(root))
        .catch(() => {});
  }

  // The page's shortcuts are not meant for what is typed here. A dialog of the page that holds the panel needs two keys.
  const isForPage = ({ key }: KeyboardEvent) => shell.isEmbedded && /^(Tab|Escape)$/.test(key);
  for (const type of ["keydown", "keypress", "keyup"] as const)
    root.addEventListener(type, (event) => isForPage(event) || event.stopPropagation(), { signal });
  return apply;
}
