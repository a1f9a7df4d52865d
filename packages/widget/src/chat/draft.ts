/** A text that is not sent yet, kept over a reload. */
export interface Draft {
  read(): string;
  write(text: string): void;
}

/** One draft for each tab. The page's storage is touched only while there is a conversation; before, it is kept in memory. */
export function createDraft(storageKey: string, hasSession: () => boolean): Draft {
  let kept = "";
  const key = `${storageKey}#draft`;
  return {
    read() {
      try {
        return sessionStorage.getItem(key) ?? kept;
      } catch {
        return kept;
      }
    },
    write(text) {
      kept = text;
      try {
        if (text && hasSession()) sessionStorage.setItem(key, text);
        else sessionStorage.removeItem(key);
      } catch {
        // Forbidden or full: it is kept for this page.
      }
    },
  };
}
