import type { ComponentChild, h as createNode, VNode } from "preact";
import type { FormattedBlock, FormattedInline, FormattedList } from "./parse-formatting.ts";

/** Makes links of the addresses in a text. */
export type LinkText = (text: string) => ComponentChild;

/** Preact's `h` comes from the caller: a file that is fetched by itself would bring another Preact. */
export type CreateNode = typeof createNode;

/** Formatted blocks as nodes. Texts become text nodes. */
export function renderFormatting(
  blocks: readonly FormattedBlock[],
  h: CreateNode,
  linkText: LinkText,
): VNode[] {
  const toBlock = (block: FormattedBlock): VNode => {
    if (block.type === "list") return toList(block);
    if (block.type === "code")
      return h("pre", { dir: "ltr", ref: focusWhileScrollable }, h("code", null, block.text));
    return h("p", { dir: "auto" }, toInline(block.children));
  };

  const toList = ({ items }: FormattedList): VNode =>
    h(
      items[0]?.number === null ? "ul" : "ol",
      null,
      items.map(({ number, children, lists }, index) => {
        // Numbers are those of the text, unless they do not rise: then they are counted.
        const above = items[index - 1]?.number ?? -1;
        const value = number !== null && number > above ? number : undefined;
        return h("li", { dir: "auto", value }, toInline(children), lists.map(toList));
      }),
    );

  const toInline = (parts: readonly FormattedInline[], link = linkText): ComponentChild[] =>
    parts.map((part) => {
      if (typeof part === "string") return link(part);
      if (part.type === "code") return h("code", { dir: "ltr" }, part.text);
      if (part.type !== "link") return h(part.type, null, toInline(part.children, link));
      const { href, children, destination } = part;
      return h(
        "a",
        { href, target: "_blank", rel: "noopener noreferrer" },
        // Marks that turn the direction of the text end with it.
        h("bdi", null, toInline(children, asText)),
        destination && [" (", h("bdi", null, destination), ")"],
      );
    });

  return blocks.map(toBlock);
}

const asText = (text: string) => text;

/** What scrolls must be reachable by keyboard, and what does not scroll is no stop. */
function focusWhileScrollable(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return undefined;
  const observer = new ResizeObserver(() => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  });
  observer.observe(element);
  return () => observer.disconnect();
}
