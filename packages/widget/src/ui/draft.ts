/** A text that is not sent yet, kept over a reload. */
export interface Draft {
  read(): string;
  write(text: string): void;
}

/**
 * One draft for each tab. The page's storage is touched only while there is a conversation; before the first message
 * the text box itself is the only memory.
 */
export function createDraft(storageKey: string, hasSession: () => boolean): Draft {
  const key = `${storageKey}#draft`;
  return {
    read() {
      try {
        return sessionStorage.getItem(key) ?? "";
      } catch {
        return "";
      }
    },
    write(text) {
      try {
        if (text && hasSession()) sessionStorage.setItem(key, text);
        else sessionStorage.removeItem(key);
      } catch {
        // Forbidden or full: the text box still has it.
      }
    },
  };
}
