import type { VNode } from "preact";
import type { CreateNode } from "../formatting/render-formatting.ts";
import type { Strings } from "../i18n/strings.ts";
import css from "./teaser.css?inline";

// A file of its own, fetched when there is something to show beside the launcher for the first time.

/** What is shown beside the launcher while the panel is closed: the site's greeting, or the newest unread message. */
export interface TeaserContent {
  readonly text: string;
  /** Who wrote the message; the greeting has no author. */
  readonly name?: string;
}

export interface TeaserActions {
  open(): void;
  dismiss(): void;
}

/** The roots that have the style sheet. */
const styled = new WeakSet<ShadowRoot>();

/** A teaser for a root, which is given its style sheet. */
export function renderTeaser(
  h: CreateNode,
  root: ShadowRoot,
  { text, name }: TeaserContent,
  t: Strings,
  cross: VNode,
  { open, dismiss }: TeaserActions,
) {
  if (!styled.has(root)) {
    styled.add(root);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  }
  return h(
    "div",
    { class: `teaser${name ? "" : " greeting"}`, part: "teaser", key: text },
    h(
      "button",
      { type: "button", class: "text", onClick: open },
      name && h("b", null, h("span", { class: "hidden" }, t.newMessage, ": "), name),
      h("span", { dir: "auto" }, text),
    ),
    h("button", { type: "button", class: "dismiss", "aria-label": t.dismiss, onClick: dismiss }, cross),
  );
}
