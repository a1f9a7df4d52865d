import { find } from "linkifyjs";
import type { ComponentChild, h as createNode } from "preact";

// A file of its own, fetched when a text first looks like it holds a link.

/** Only these become links: no bare domain, which may as well be the name of a file, and no other scheme. */
const SAFE = /^(?:https?:|mailto:)/i;
const PLAIN = /^(?:https?:\/\/|www\.|mailto:|[^/]+@)/i;

/**
 * Punctuation and quotes of other scripts end a link, as do marks that turn the direction of a text: linkifyjs knows
 * those of ASCII only. In an address that was copied from a browser they are percent-encoded.
 */
const STOP = /((?![\0-\x7f])[\p{Terminal_Punctuation}\p{Quotation_Mark}\p{Bidi_Control}…‥])/u;

/**
 * A text as texts and safe links: never markup.
 *
 * @param h Preact's, from the caller: a file that is fetched by itself would bring another Preact.
 */
export function linkText(text: string, h: typeof createNode): ComponentChild[] {
  return text.split(STOP).flatMap((piece) => {
    const parts: ComponentChild[] = [];
    let end = 0;
    for (const { value, href, start, end: next } of find(piece, { defaultProtocol: "https" })) {
      if (!PLAIN.test(value) || !SAFE.test(href)) continue;
      parts.push(
        piece.slice(end, start),
        h("a", { href, target: "_blank", rel: "noopener noreferrer" }, value),
      );
      end = next;
    }
    return [...parts, piece.slice(end)];
  });
}
