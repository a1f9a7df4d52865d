/** A text that is not sent yet, kept over a reload. */
export interface Draft {
  read(): string;
  write(text: string): void;
}

/**
 * One draft for each tab. The page's storage is touched only while there is a conversation, and holds its session: another
 * tab may have begun the next one for another visitor. Before there is a conversation, the draft is kept in memory.
 */
export function createDraft(storageKey: string, sessionPublicId: () => string | null): Draft {
  let kept = "";
  const key = `${storageKey}#draft`;
  const toOwner = () => `${sessionPublicId()}\n`;
  return {
    read() {
      try {
        const stored = sessionStorage.getItem(key);
        if (stored?.startsWith(toOwner())) return stored.slice(toOwner().length);
        sessionStorage.removeItem(key);
      } catch {
        // Forbidden: then nothing was stored.
      }
      return kept;
    },
    write(text) {
      kept = text;
      try {
        if (text && sessionPublicId()) sessionStorage.setItem(key, toOwner() + text);
        else sessionStorage.removeItem(key);
      } catch {
        // Forbidden or full: it is kept for this page.
      }
    },
  };
}
