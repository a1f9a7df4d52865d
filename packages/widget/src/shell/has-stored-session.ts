/** Names what belongs to one BFF: where a browser keeps the conversation, and the element on the page. */
export function storageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

/** Looks only, and never throws: storage may be forbidden. */
export function hasStoredSession(baseUrl: string): boolean {
  try {
    return !!localStorage.getItem(storageKey(baseUrl));
  } catch {
    return false;
  }
}
