/**
 * The key under which the browser stores what belongs to one BFF. Further keys add a suffix that begins with `#`, which no
 * base URL contains: `…/chat` and `…/chat-support` never share a key.
 */
export function toStorageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

/** Before the id of a text that waits to be sent. */
export const OUTBOX_SUFFIX = "#out:";

/** The keys of this name, with or without a suffix. */
export function findKeys(storage: object, name: string): readonly string[] {
  return Object.keys(storage).filter((key) => `${key}#`.startsWith(`${name}#`));
}

/** Whether there is a conversation, or a first text that was never sent. Storage may be forbidden. */
export function hasStoredSession(baseUrl: string): boolean {
  const name = toStorageKey(baseUrl);
  try {
    return findKeys(localStorage, name).some((key) => key === name || key.startsWith(name + OUTBOX_SUFFIX));
  } catch {
    return false;
  }
}

/** Removes everything of one BFF from the browser at once, the draft of this tab included. */
export function clearStored(baseUrl: string): void {
  for (const area of ["localStorage", "sessionStorage"] as const) {
    try {
      for (const key of findKeys(window[area], toStorageKey(baseUrl))) window[area].removeItem(key);
    } catch {
      // Forbidden: then nothing was stored either.
    }
  }
}
