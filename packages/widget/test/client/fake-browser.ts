import type { BrowserWindow } from "../../src/client/browser.ts";
import { createFakeLocks } from "./fake-locks.ts";

/** One browser on one site: what its tabs share. */
export interface FakeBrowser {
  /** The raw content of the site's storage. */
  readonly stored: Map<string, string>;
  openTab(options?: FakeTabOptions): FakeTab;
}

export interface FakeTabOptions {
  /** False on plain http. @default true */
  readonly locks?: boolean;
  /** @default true */
  readonly channels?: boolean;
  /** `throws` forbids storage; `full` has no room left. @default "works" */
  readonly storage?: "works" | "throws" | "full";
  readonly fetch?: typeof fetch;
  readonly WebSocket?: typeof WebSocket;
}

/** One tab: the parts of its window that the client uses, and controls for the test. */
export interface FakeTab {
  readonly window: BrowserWindow;
  hidden: boolean;
  onLine: boolean;
  /** Nothing more can be stored, but entries can be removed. */
  storageIsFull: boolean;
  fire(type: string): void;
  /** The tab ends without `pagehide`. The browser releases its locks. */
  crash(): void;
  /** The tab hangs: its timers and messages are suspended, and it keeps its locks. */
  hang(): void;
  /** Active timers, listeners and channels. */
  readonly leftovers: number;
}

interface TabInside {
  readonly listeners: Map<string, Set<(event: Event) => void>>;
  readonly channels: Set<FakeChannel>;
  running: boolean;
}

interface FakeChannel {
  readonly name: string;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** The delay of messages and events between tabs. */
const BETWEEN_TABS_MS = 2;

export function createFakeBrowser(): FakeBrowser {
  const stored = new Map<string, string>();
  const tabs = new Set<TabInside>();
  const locks = createFakeLocks();
  let ids = 0;

  function openTab(options: FakeTabOptions = {}): FakeTab {
    const inside: TabInside = { listeners: new Map(), channels: new Set(), running: true };
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const tabLocks = locks.forTab();
    tabs.add(inside);

    function dispatch(target: TabInside, event: Event): void {
      if (!target.running) return;
      for (const listener of [...(target.listeners.get(event.type) ?? [])]) listener(event);
    }

    function notifyOtherTabs(key: string, newValue: string | null): void {
      for (const other of tabs) {
        if (other === inside) continue;
        const event = Object.assign(new Event("storage"), { key, newValue });
        setTimeout(() => dispatch(other, event), BETWEEN_TABS_MS);
      }
    }

    class Channel implements FakeChannel {
      onmessage: FakeChannel["onmessage"] = null;
      readonly name: string;

      constructor(name: string) {
        this.name = name;
        inside.channels.add(this);
      }

      postMessage(data: unknown): void {
        const copy: unknown = structuredClone(data);
        for (const other of tabs) {
          for (const channel of other.channels) {
            if (channel === this || channel.name !== this.name) continue;
            setTimeout(() => {
              if (!other.running || !other.channels.has(channel)) return;
              channel.onmessage?.(new MessageEvent("message", { data: copy }));
            }, BETWEEN_TABS_MS);
          }
        }
      }

      close(): void {
        inside.channels.delete(this);
      }
    }

    const tab = {
      hidden: false,
      onLine: true,
      storageIsFull: options.storage === "full",
      fire: (type: string) => dispatch(inside, new Event(type)),
      crash() {
        inside.running = false;
        tabs.delete(inside);
        tabLocks.releaseAll();
      },
      hang() {
        inside.running = false;
      },
      get leftovers() {
        const listeners = [...inside.listeners.values()].reduce((sum, { size }) => sum + size, 0);
        return timers.size + listeners + inside.channels.size;
      },
    };

    const storage = toStorage(stored, notifyOtherTabs, () => tab.storageIsFull);
    const window = {
      fetch: options.fetch ?? ((...request: Parameters<typeof fetch>) => fetch(...request)),
      WebSocket: options.WebSocket ?? WebSocket,
      get localStorage() {
        if (options.storage === "throws") throw new DOMException("storage is forbidden", "SecurityError");
        return storage;
      },
      ...(options.channels !== false && { BroadcastChannel: Channel as unknown as typeof BroadcastChannel }),
      // Read on each call: a test may change the clock.
      performance: { now: () => performance.now() },
      crypto: {
        getRandomValues<T extends ArrayBufferView | null>(array: T): T {
          // Not random: the same ids in every run.
          if (array instanceof Uint32Array) array.fill(2 ** 31).set([++ids]);
          return array;
        },
      },
      navigator: {
        get onLine() {
          return tab.onLine;
        },
        ...(options.locks !== false && { locks: tabLocks.manager }),
      },
      document: {
        get hidden() {
          return tab.hidden;
        },
      },
      setTimeout(action: () => void, inMs: number) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          if (inside.running) action();
        }, inMs);
        timers.add(timer);
        return timer as unknown as number; // opaque to the client
      },
      clearTimeout(timer?: number) {
        const own = timer as unknown as ReturnType<typeof setTimeout>;
        clearTimeout(own);
        timers.delete(own);
      },
      addEventListener(type: string, listener: (event: Event) => void, { signal }: AddEventListenerOptions) {
        const listeners = inside.listeners.get(type) ?? new Set();
        inside.listeners.set(type, listeners.add(listener));
        signal?.addEventListener("abort", () => listeners.delete(listener));
      },
    } satisfies BrowserWindow;
    return Object.assign(tab, { window }) as FakeTab; // `Object.assign` keeps the getter's object
  }

  return { stored, openTab };
}

/** The site's storage as one tab sees it: its entries are its own enumerable keys, as in a browser. */
function toStorage(
  stored: Map<string, string>,
  notifyOtherTabs: (key: string, newValue: string | null) => void,
  isFull: () => boolean,
): Storage {
  const methods = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull()) throw new DOMException("no room left", "QuotaExceededError");
      stored.set(key, value);
      notifyOtherTabs(key, value);
    },
    removeItem(key: string) {
      if (stored.delete(key)) notifyOtherTabs(key, null);
    },
  };
  const isMethod = (key: string | symbol): key is keyof typeof methods => Object.hasOwn(methods, key);
  return new Proxy(methods, {
    get: (_, key) => (isMethod(key) ? methods[key] : stored.get(String(key))),
    set(_, key, value) {
      methods.setItem(String(key), String(value));
      return true;
    },
    deleteProperty(_, key) {
      methods.removeItem(String(key));
      return true;
    },
    ownKeys: () => [...stored.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      stored.has(String(key)) ? { value: "", configurable: true, enumerable: true } : undefined,
  }) as unknown as Storage; // as much of one as the client uses
}
