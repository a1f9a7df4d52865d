import { toStorageKey } from "../launcher/stored-keys.ts";

/** Whether the panel is open, kept over the pages of a tab; and whether the visitor does not want it to open by itself. */
export interface OpenMemory {
  /** It was open on this tab's page before. */
  readonly wasOpen: boolean;
  /** The visitor has closed a panel that had opened by itself. */
  readonly isUnwanted: boolean;
  /** To be called when the page is left. */
  keep(isOpen: boolean): void;
  /** The visitor has opened or closed a panel that the page opens by itself. */
  keepWish(isOpen: boolean): void;
}

export function createOpenMemory(baseUrl: string): OpenMemory {
  const key = `${toStorageKey(baseUrl)}#open`;
  const wish = `${toStorageKey(baseUrl)}#closed`;
  return {
    wasOpen: !!attempt(() => sessionStorage.getItem(key)),
    isUnwanted: !!attempt(() => localStorage.getItem(wish)),
    keep(isOpen) {
      attempt(() => (isOpen ? sessionStorage.setItem(key, "open") : sessionStorage.removeItem(key)));
    },
    keepWish(isOpen) {
      attempt(() => (isOpen ? localStorage.removeItem(wish) : localStorage.setItem(wish, "closed")));
    },
  };
}

/** Storage may be forbidden or full: then the panel starts as the page says. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
