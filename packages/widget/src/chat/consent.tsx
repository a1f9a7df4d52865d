import type { ChatConfig } from "@mailoo-chat/protocol";

/** What the visitor agrees to by writing. Words in square brackets are the link; without any, the whole text is. */
export function Consent({ text, url }: NonNullable<ChatConfig["consent"]>) {
  const href = toSafeUrl(url);
  const [, before = "", label = text, after = ""] = /^(.*?)\[(.+?)\](.*)$/s.exec(text) ?? [];
  return (
    <p class="consent">
      {before}
      {href ? (
        <a href={href} target="_blank" rel="noopener noreferrer">
          {label}
        </a>
      ) : (
        label
      )}
      {after}
    </p>
  );
}

/** The site owner's own address, and still no script. Undefined if there is none. */
function toSafeUrl(url: string): string | undefined {
  try {
    const parsed = new URL(url, document.baseURI);
    return url && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
