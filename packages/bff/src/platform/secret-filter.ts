import type { ChatMessage } from "@mailoo-chat/protocol";

/**
 * Keeps the API key from travelling on: a platform that echoes it, in a message or an id or anywhere else, must not make
 * us pass it to a browser. Whatever text of the platform leaves `mailoo/` has gone through here.
 */
export interface SecretFilter {
  readonly text: (text: string) => string;
  readonly message: (message: ChatMessage) => ChatMessage;
  readonly holdsSecret: (text: string) => boolean;
}

/** A key shorter than this would take ordinary words out of people's messages; no real one is. */
const SECRET_MIN_UNITS = 8;

export function createSecretFilter(secret: string): SecretFilter {
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
    message(message) {
      const { authorName } = message;
      const texts = [message.id, message.content, authorName ?? ""];
      if (!texts.some(holdsSecret)) return message;
      const clean = { ...message, id: text(message.id), content: text(message.content) };
      return authorName === undefined ? clean : { ...clean, authorName: text(authorName) };
    },
  };
}

/** Without padding, as it would stand within a longer encoding. */
function toBase64(secret: string): string {
  return Buffer.from(secret).toString("base64").replace(/=+$/, "");
}
