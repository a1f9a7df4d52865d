import { findKeys } from "../launcher/stored-keys.ts";
import type { Browser } from "./browser.ts";
import { toRecord } from "./parse-wire.ts";

/**
 * The client's keys in the site's storage. If storage throws or is full, a copy in memory replaces it. Values of
 * another version are not read.
 */
export interface ChatStorage {
  /** False once storage has failed: other tabs then see nothing new of this one. */
  isShared(): boolean;
  /** What `set` has put there, in this tab or another; an empty object for nothing. */
  get(suffix: string): Readonly<Record<string, unknown>>;
  /**
   * @param value Null removes. Without arrays: some pages define `Array.prototype.toJSON`.
   */
  set(suffix: string, value: object | null): void;
  /** The suffixes in use that begin with this. */
  keys(prefix: string): readonly string[];
  /**
   * Removes all of it.
   *
   * @param kept the suffix that stays. @default none
   */
  clear(kept?: string): void;
}

export function createChatStorage({ window }: Browser, name: string): ChatStorage {
  let isShared = true;
  /** The site's storage. Since that has failed, a copy of its last known content. */
  let store: Record<string, string>;

  function use<T>(action: (store: Record<string, string>) => T): T {
    try {
      store ??= window.localStorage as Storage & Record<string, string>;
      return action(store);
    } catch {
      isShared = false;
      store = { ...store };
      return action(store);
    }
  }

  return {
    isShared: () => isShared,
    get(suffix) {
      try {
        const value = toRecord(JSON.parse(use((store) => store[name + suffix]) as string)); // anything else throws
        if (value.v === VERSION) return value;
      } catch {
        // There is none, or it is broken.
      }
      return {};
    },
    set(suffix, value) {
      use((store) => {
        if (value) store[name + suffix] = JSON.stringify({ ...value, v: VERSION });
        else delete store[name + suffix];
      });
    },
    keys: (prefix) =>
      use(Object.keys)
        .filter((key) => key.startsWith(name + prefix))
        .map((key) => key.slice(name.length)),
    clear(kept) {
      const remove = (store: Record<string, string>) => {
        for (const key of findKeys(store, name)) if (key !== name + kept) delete store[key];
      };
      use(remove);
      // What was stored before storage failed can still be removed.
      try {
        remove(window.localStorage as Storage & Record<string, string>);
      } catch {
        // Forbidden.
      }
    },
  };
}

const VERSION = 1;
