import { normaliseContent } from "@mailoo-chat/protocol";
import { decodeHTMLStrict } from "entities";

/**
 * Whether a text in the platform's history is the one that was sent, although a platform may have composed its
 * Unicode, trimmed it, or escaped it for HTML on the way.
 */
export function isSameContent(listed: string, sent: string): boolean {
  const wanted = toComparable(sent);
  return toComparable(listed) === wanted || toComparable(decodeHTMLStrict(listed)) === wanted;
}

function toComparable(text: string): string {
  return normaliseContent(text.normalize("NFC"));
}
