/**
 * The key under which the browser stores what belongs to one BFF. Further keys add a suffix that begins with `#`, which no
 * base URL contains: `…/chat` and `…/chat-support` never share a key.
 */
export function toStorageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

/** Before the id of a text that waits to be sent. */
export const OUTBOX_SUFFIX = "#out:";

/** The keys of this name: the one without a suffix, and those whose suffix begins like this. */
export function findKeys(storage: object, name: string, suffix = "#"): readonly string[] {
  return Object.keys(storage).filter((key) => (key + suffix).startsWith(name + suffix));
}

/** Whether there is a conversation, or a first text that was never sent. */
export function hasStoredSession(name: string): boolean {
  return findStored("localStorage", name, OUTBOX_SUFFIX).length > 0;
}

/** Removes everything of one BFF from the browser at once, the draft of this tab included. */
export function clearStored(name: string): void {
  for (const area of ["localStorage", "sessionStorage"] as const) {
    for (const key of findStored(area, name)) window[area].removeItem(key);
  }
}

/** Storage may be forbidden: then nothing was stored. */
function findStored(
  area: "localStorage" | "sessionStorage",
  name: string,
  suffix?: string,
): readonly string[] {
  try {
    return findKeys(window[area], name, suffix);
  } catch {
    return [];
  }
}
