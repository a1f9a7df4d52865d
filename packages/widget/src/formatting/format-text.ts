import css from "./formatting.css?inline";
import { parseFormatting } from "./parse-formatting.ts";
import { type CreateNode, type LinkText, renderFormatting } from "./render-formatting.ts";

export { toPlainText } from "./to-plain-text.ts";

// A file of its own, fetched when a text first looks like it is formatted.

/** The roots that have the style sheet. */
const styled = new WeakSet<ShadowRoot>();

/** A formatted text as nodes for a root, which is given their style sheet. */
export function formatText(text: string, root: ShadowRoot, h: CreateNode, linkText: LinkText) {
  if (!styled.has(root)) {
    styled.add(root);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  }
  return renderFormatting(parseFormatting(text), h, linkText);
}
