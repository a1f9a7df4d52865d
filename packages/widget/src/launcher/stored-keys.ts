/**
 * What the browser stores for one BFF: a key, and its suffixes. A suffix begins with `#`, which no base URL holds, so that
 * `…/chat` and `…/chat-support` never touch each other's.
 */
export function toStorageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

/** Before the id of a text that waits to be sent. */
export const OUTBOX_SUFFIX = "#out:";

/** Whether a key is this name, or this name with a suffix. */
export function isKeyOf(name: string, key: string): boolean {
  return key === name || key.startsWith(`${name}#`);
}

/** The keys in use of this name. */
export function findKeys(storage: object, name: string): readonly string[] {
  return Object.keys(storage).filter((key) => isKeyOf(name, key));
}

/** A conversation from before, or a first text that was never sent. Only looks, and never throws: storage may be forbidden. */
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
