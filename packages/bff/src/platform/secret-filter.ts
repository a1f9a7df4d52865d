import type { ChatMessage } from "@mailoo-chat/protocol";

export type SecretFilter = ReturnType<typeof createSecretFilter>;

/** A shorter key would match ordinary words; no real key is shorter. */
const SECRET_MIN_UNITS = 8;

/**
 * Removes the API key from the platform's texts. If the platform echoes the key in a message, an id or anywhere else, it
 * must not reach a browser or the log. All platform text that leaves `platform/` passes through this filter.
 */
export function createSecretFilter(secret: string) {
  const forms =
    secret.length < SECRET_MIN_UNITS
      ? []
      : [...new Set([secret, encodeURIComponent(secret), toBase64(secret)])];
  const holdsSecret = (text: string) => forms.some((form) => text.includes(form));
  const text = (original: string) =>
    holdsSecret(original)
      ? forms.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), original)
      : original;

  return {
    holdsSecret,
    text,
    message(message: ChatMessage): ChatMessage {
      const { authorName } = message;
      const texts = [message.id, message.content, authorName ?? ""];
      if (!texts.some(holdsSecret)) return message;
      const clean = { ...message, id: text(message.id), content: text(message.content) };
      return authorName === undefined ? clean : { ...clean, authorName: text(authorName) };
    },
  };
}

/** Without padding, as it appears within a longer encoding. */
function toBase64(secret: string): string {
  return Buffer.from(secret).toString("base64").replace(/=+$/, "");
}
