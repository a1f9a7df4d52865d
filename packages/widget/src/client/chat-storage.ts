import { toRecord } from "./parse-wire.ts";
import type { Page } from "./platform.ts";

/**
 * The client's drawer in the site's storage: one key and its suffixes. Where storage throws or is full the
 * drawer goes on in memory; what another version wrote is not read.
 */
export interface ChatStorage {
  /** False once storage has failed: other tabs then see nothing new of this one. */
  readonly shared: boolean;
  /** What `set` has put there, in this tab or another. */
  get(suffix: string): Readonly<Record<string, unknown>> | null;
  /**
   * @param value Null removes. Without arrays, so that no page's `Array.prototype.toJSON` has a part in it.
   */
  set(suffix: string, value: object | null): void;
  /** All suffixes in use; they begin with `#`. */
  suffixes(): readonly string[];
}

/** The key under which everything of one BFF is stored. A suffix begins with `#`, which no base URL holds. */
export function toStorageKey(baseUrl: string): string {
  return `mailoo-chat:${baseUrl}`;
}

export function createChatStorage({ window }: Page, key: string): ChatStorage {
  /** What could not be written; null stands for removed. */
  const memory = new Map<string, string | null>();
  let shared = true;

  function attempt<T>(action: (storage: Storage) => T): T | undefined {
    try {
      return action(window.localStorage);
    } catch {
      shared = false;
      return undefined;
    }
  }

  return {
    get shared() {
      return shared;
    },
    get(suffix) {
      const text = memory.has(suffix)
        ? memory.get(suffix)
        : attempt((storage) => storage.getItem(key + suffix));
      try {
        const value = toRecord(JSON.parse(text ?? ""));
        return value.v === VERSION ? value : null;
      } catch {
        return null;
      }
    },
    set(suffix, value) {
      const text = value && JSON.stringify({ ...value, v: VERSION });
      memory.set(suffix, text);
      attempt((storage) => {
        if (text) storage.setItem(key + suffix, text);
        else storage.removeItem(key + suffix);
        memory.delete(suffix);
      });
    },
    suffixes() {
      const stored = attempt((storage) => Object.keys(storage)) ?? [];
      const own = stored.filter((name) => name.startsWith(`${key}#`)).map((name) => name.slice(key.length));
      return [...new Set([...own, ...memory.keys()])];
    },
  };
}

const VERSION = 1;
