import { toRecord } from "./parse-wire.ts";
import type { Platform } from "./platform.ts";

/** What may be stored: flat, so that no page's `Array.prototype.toJSON` has a part in it. */
export type Stored = Readonly<Record<string, string | number | null | undefined>>;

/**
 * The client's drawer in the site's storage: one key and its suffixes. Where storage throws or is full the
 * drawer goes on in memory; what another version wrote is not read.
 */
export interface ChatStorage {
  /** False once something could not be written: other tabs then see nothing new of this one. */
  readonly shared: boolean;
  read(suffix: string): Readonly<Record<string, unknown>> | null;
  write(suffix: string, value: Stored): void;
  remove(suffix: string): void;
  /** The suffixes in use that begin so. */
  list(prefix: string): readonly string[];
  /** Removes the key and all its suffixes. */
  clear(): void;
}

/** The key under which everything of one BFF is stored; suffixes begin with `#`, which no base URL holds. */
export function toStorageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

export function createChatStorage(platform: Platform, key: string): ChatStorage {
  /** What could not be written; null stands for removed. */
  const memory = new Map<string, string | null>();
  let shared = true;

  /** Tries the page's storage; where it fails, this tab is on its own from then on. */
  function attempt<T>(action: (storage: Storage) => T, otherwise: T): T {
    try {
      return action(platform.storage() as Storage);
    } catch {
      shared = false;
      return otherwise;
    }
  }

  function put(suffix: string, text: string | null): void {
    memory.set(suffix, text);
    attempt((storage) => {
      if (text === null) storage.removeItem(key + suffix);
      else storage.setItem(key + suffix, text);
      memory.delete(suffix);
    }, undefined);
  }

  const list = (prefix: string) => {
    const stored = attempt(
      (storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? ""),
      [],
    );
    const suffixes = new Set(
      stored.flatMap((name) => (name.startsWith(key) ? [name.slice(key.length)] : [])),
    );
    for (const [suffix, text] of memory) {
      if (text === null) suffixes.delete(suffix);
      else suffixes.add(suffix);
    }
    return [...suffixes].filter((suffix) => suffix.startsWith(prefix));
  };

  return {
    get shared() {
      return shared;
    },
    read(suffix) {
      const text = memory.has(suffix)
        ? memory.get(suffix)
        : attempt((storage) => storage.getItem(key + suffix), null);
      try {
        const value = toRecord(JSON.parse(text ?? ""));
        return value.v === VERSION ? value : null;
      } catch {
        return null;
      }
    },
    write: (suffix, value) => put(suffix, JSON.stringify({ v: VERSION, ...value })),
    remove: (suffix) => put(suffix, null),
    list,
    clear() {
      for (const suffix of ["", ...list("#")]) put(suffix, null);
    },
  };
}

const VERSION = 1;
