import type { ComponentChild } from "preact";

/** Only these become links: no bare domain, which may as well be the name of a file, and no other scheme. */
const SAFE = /^(?:https?:|mailto:)/i;
const PLAIN = /^(?:https?:\/\/|www\.|mailto:|[^/]+@)/i;

/**
 * Punctuation and quotes of other scripts end a link, as do marks that turn the direction of a text: linkifyjs knows
 * those of ASCII only. In an address that was copied from a browser they are percent-encoded.
 */
const STOP = /((?![\0-\x7f])[\p{Terminal_Punctuation}\p{Quotation_Mark}\p{Bidi_Control}…‥])/u;

/** `find` of linkifyjs. */
export type FindLinks = typeof import("./find-links.ts").find;

export interface LinkTextProps {
  readonly text: string;
  readonly find: FindLinks;
}

/** A text as text nodes and safe links: never markup. */
export function LinkText({ text, find }: LinkTextProps) {
  return (
    <>
      {text.split(STOP).flatMap((piece) => {
        const parts: ComponentChild[] = [];
        let end = 0;
        for (const { value, href, start, end: next } of find(piece, { defaultProtocol: "https" })) {
          if (!PLAIN.test(value) || !SAFE.test(href)) continue;
          parts.push(
            piece.slice(end, start),
            <a href={href} target="_blank" rel="noopener noreferrer">
              {value}
            </a>,
          );
          end = next;
        }
        return [...parts, piece.slice(end)];
      })}
    </>
  );
}
