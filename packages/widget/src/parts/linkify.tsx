import type { ComponentChild } from "preact";

/** Only these schemes become links. The last sign is none that ends a sentence. */
const LINK = /(?:https?:\/\/|mailto:)[^\s<>"]*[^\s<>".,:;!?'()[\]{}]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

/** A text as text nodes and safe links: never markup. */
export function linkify(text: string): ComponentChild[] {
  const parts: ComponentChild[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const [link] = match;
    const href = /^(?:https?|mailto):/i.test(link) ? link : `mailto:${link}`;
    parts.push(
      text.slice(end, match.index),
      <a href={href} target="_blank" rel="noopener noreferrer">
        {link}
      </a>,
    );
    end = match.index + link.length;
  }
  parts.push(text.slice(end));
  return parts;
}
