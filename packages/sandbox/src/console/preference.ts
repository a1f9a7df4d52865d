/** A yes or no that this browser remembers, or just keeps where it may not. */
export interface Preference {
  get(): boolean;
  set(value: boolean): void;
}

export function createPreference(name: string, initially: boolean): Preference {
  const key = `mailoo-console:${name}`;
  let value = read(key) ?? initially;
  return {
    get: () => value,
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, String(next));
      } catch {
        // Storage is full or forbidden: it holds for this page.
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
