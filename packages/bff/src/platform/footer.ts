import { hash } from "node:crypto";
import { CONTENT_MAX_UNITS, CONTEXT_MAX_UNITS } from "@mailoo-chat/protocol";
import { decodeHTMLStrict } from "entities";

/*
 * The context that a page reports is sent to the owner as the last line of the message, because the platform has no field
 * for it.
 *
 *     Where is my parcel?
 *
 *     — Page: /pricing · Plan: pro (context 0f3a9c1e)
 *
 * The digits are a checksum of the line, so that any replica and any release recognises exactly the footers of a BFF. If a
 * visitor's text ends with such a line, an empty footer is added. So the last footer is always ours, and
 * `withoutFooter(withFooter(content, …))` is `content` for any content. A secret is not needed.
 */

/** A name for the owner to read, and its value. */
export interface FooterEntry {
  readonly label: string;
  readonly value: string;
}

/**
 * The text for the platform. Entries that would exceed the length limit of a message are left out, the last ones first.
 *
 * @param content as `normaliseContent` leaves it
 */
export function withFooter(content: string, entries: readonly FooterEntry[]): string {
  const maxUnits = Math.min(CONTEXT_MAX_UNITS, CONTENT_MAX_UNITS - content.length);
  for (let count = entries.length; count > 0; count -= 1) {
    const footer = toFooter(entries.slice(0, count));
    if (footer.length <= maxUnits) return content + footer;
  }
  return withoutFooter(content) === content ? content : content + toFooter([]);
}

/** The text that the visitor wrote. The platform may have composed its Unicode, trimmed it, or escaped it for HTML. */
export function withoutFooter(text: string): string {
  // Fast path: most messages have no footer.
  if (!text.includes("context")) return text;
  const lineBreak = LINE_BREAKS.find((known) => text.includes(known)) ?? "\n";
  const start = text.lastIndexOf(lineBreak);
  const [, line = "", checksum] = FOOTER.exec(toCanonical(text.slice(start + lineBreak.length))) ?? [];
  if (start < 1 || checksum !== toChecksum(line.trim())) return text;
  const content = text.slice(0, start);
  return (content.endsWith(lineBreak) ? content.slice(0, -lineBreak.length) : content).trimEnd();
}

/** As they are, or escaped for HTML. */
const LINE_BREAKS = ["\n", "&NewLine;", "&#10;", "&#xa;", "&#xA;", "&#x0a;", "&#x0A;"];

/** For a line in canonical form, in which an escaped line break in a value is a real one. */
const FOOTER = /^(—.*) \(context ([0-9a-f]{8})\)$/s;

function toFooter(entries: readonly FooterEntry[]): string {
  const line = ["—", entries.map(({ label, value }) => `${label}: ${value}`).join(SEPARATOR)]
    .join(" ")
    .trim();
  return `\n\n${line} (context ${toChecksum(toCanonical(line))})`;
}

/** Neither labels nor values have a dot between blanks. */
const SEPARATOR = " · ";

function toChecksum(line: string): string {
  return hash("sha256", line).slice(0, 8);
}

/** The same for all forms in which the platform may return a line. */
function toCanonical(line: string): string {
  const simpler = decodeHTMLStrict(line.normalize("NFC")).trim();
  return simpler === line ? line : toCanonical(simpler);
}
