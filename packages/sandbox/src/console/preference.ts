/** A yes or no that this browser remembers, or just keeps where it may not. */
export interface Preference {
  get(): boolean;
  set(value: boolean): void;
}

export function createPreference(name: string, initially: boolean): Preference {
  const key = `mailoo-console:${name}`;
  let unstored: boolean | null = null;
  return {
    get: () => unstored ?? read(key) ?? initially,
    set(next) {
      try {
        localStorage.setItem(key, String(next));
        unstored = null;
      } catch {
        // Storage is full or forbidden: it holds for this page.
        unstored = next;
      }
    },
  };
}

function read(key: string): boolean | null {
  try {
    const stored = localStorage.getItem(key);
    return stored === null ? null : stored === "true";
  } catch {
    return null;
  }
}
