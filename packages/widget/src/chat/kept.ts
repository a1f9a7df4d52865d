import { toStorageKey } from "../launcher/stored-keys.ts";

/** `sessionStorage` is kept for this tab only. */
type Area = "localStorage" | "sessionStorage";

/** A text that the browser keeps for one BFF; null if there is none. Storage may be forbidden. */
export function readKept(area: Area, baseUrl: string, suffix: string): string | null {
  try {
    return window[area].getItem(toStorageKey(baseUrl) + suffix);
  } catch {
    return null;
  }
}

/**
 * Keeps a text, for as long as the page is open where storage is forbidden or full.
 *
 * @param text anything falsy removes it.
 */
export function keep(area: Area, baseUrl: string, suffix: string, text: unknown): void {
  try {
    const key = toStorageKey(baseUrl) + suffix;
    if (text) window[area].setItem(key, `${text}`);
    else window[area].removeItem(key);
  } catch {
    // Then it is not kept over a reload.
  }
}
