import type { PageEvent, Platform } from "../../src/client/platform.ts";

/** One site in one browser: what its tabs share. Every tab is a platform with its own clock-driven timers. */
export interface FakeBrowser {
  /** The raw content of the site's storage. */
  readonly stored: Map<string, string>;
  openTab(options?: FakeTabOptions): FakeTab;
}

export interface FakeTabOptions {
  /** Left out: plain http, where there are none. @default true */
  readonly locks?: boolean;
  /** @default true */
  readonly channels?: boolean;
  /** `throws` is a browser that forbids storage; `full` one that has no room left. @default "works" */
  readonly storage?: "works" | "throws" | "full";
  readonly online?: boolean;
  /** Draws for jitter. @default 0.5 always */
  readonly random?: () => number;
}

export interface FakeTab extends Platform {
  hidden: boolean;
  online: boolean;
  fire(type: PageEvent, fields?: object): void;
  /** The tab is killed: nothing is run any more, not even `pagehide`. Its locks go. */
  crash(): void;
  /** The tab hangs: its timers and messages stand still, and its locks stay. */
  freeze(): void;
  /** Timers, listeners and channels that are still in place. */
  readonly leftovers: number;
}

export function createFakeBrowser(): FakeBrowser {
  const stored = new Map<string, string>();
  const tabs = new Set<Tab>();
  const locks = createFakeLocks();
  let ids = 0;

  interface Tab {
    readonly channels: Set<FakeChannel>;
    readonly listeners: Set<(type: PageEvent, event: Event) => void>;
    running: boolean;
  }

  interface FakeChannel {
    readonly name: string;
    onmessage: ((event: MessageEvent) => void) | null;
    postMessage(data: unknown): void;
    close(): void;
  }

  return {
    stored,
    openTab({
      locks: hasLocks = true,
      channels = true,
      storage = "works",
      online = true,
      random = () => 0.5,
    } = {}) {
      const tab: Tab = { channels: new Set(), listeners: new Set(), running: true };
      const timers = new Set<ReturnType<typeof setTimeout>>();
      const held = new Set<() => void>();
      tabs.add(tab);

      const tellOthers = (key: string | null, newValue: string | null) => {
        for (const other of tabs) {
          if (other === tab) continue;
          setTimeout(() => {
            if (!other.running) return;
            for (const listener of other.listeners) {
              listener("storage", Object.assign(new Event("storage"), { key, newValue }));
            }
          }, 1);
        }
      };

      const pageStorage: Storage = {
        get length() {
          return stored.size;
        },
        key: (index) => [...stored.keys()][index] ?? null,
        getItem: (key) => stored.get(key) ?? null,
        setItem(key, value) {
          if (storage === "full") throw new DOMException("no room left", "QuotaExceededError");
          stored.set(key, value);
          tellOthers(key, value);
        },
        removeItem(key) {
          if (stored.delete(key)) tellOthers(key, null);
        },
        clear() {
          stored.clear();
          tellOthers(null, null);
        },
      };

      return {
        hidden: false,
        online,
        fetch: (url, init) => fetch(url, init),
        openSocket: (url, protocol) => new WebSocket(url, protocol),
        storage() {
          if (storage === "throws") throw new DOMException("storage is forbidden", "SecurityError");
          return pageStorage;
        },
        locks: hasLocks ? locks.forTab(held) : undefined,
        openChannel(name) {
          if (!channels) return null;
          const channel: FakeChannel = {
            name,
            onmessage: null,
            postMessage(data) {
              const copy: unknown = structuredClone(data);
              for (const other of tabs) {
                for (const receiver of other.channels) {
                  if (receiver === channel || receiver.name !== name) continue;
                  setTimeout(() => {
                    if (other.running && other.channels.has(receiver)) {
                      receiver.onmessage?.(new MessageEvent("message", { data: copy }));
                    }
                  }, 1);
                }
              }
            },
            close() {
              tab.channels.delete(channel);
            },
          };
          tab.channels.add(channel);
          return channel as BroadcastChannel; // as much of one as the client uses
        },
        setTimer(callback, inMs) {
          const timer = setTimeout(() => {
            timers.delete(timer);
            if (tab.running) callback();
          }, inMs);
          timers.add(timer);
          return () => {
            clearTimeout(timer);
            timers.delete(timer);
          };
        },
        now: () => Date.now(),
        random,
        randomId: () => `id${String(++ids).padStart(30, "0")}`,
        isOnline() {
          return this.online;
        },
        isHidden() {
          return this.hidden;
        },
        onPageEvent(listener) {
          tab.listeners.add(listener);
          return () => tab.listeners.delete(listener);
        },
        fire(type, fields = {}) {
          for (const listener of [...tab.listeners]) listener(type, Object.assign(new Event(type), fields));
        },
        crash() {
          tab.running = false;
          tabs.delete(tab);
          for (const letGo of held) letGo();
        },
        freeze() {
          tab.running = false;
        },
        get leftovers() {
          return timers.size + tab.listeners.size + tab.channels.size;
        },
      };
    },
  };
}

/** Web Locks, as much as is used: exclusive ones with a queue, `steal`, and `signal`. */
function createFakeLocks() {
  const holders = new Map<string, Waiting>();
  const queues = new Map<string, Waiting[]>();

  interface Waiting {
    run(): Promise<unknown>;
    resolve(value: unknown): void;
    reject(error: unknown): void;
    readonly held: Set<() => void>;
    letGo?: () => void;
  }

  function grant(name: string, waiting: Waiting): void {
    holders.set(name, waiting);
    const letGo = () => {
      waiting.held.delete(letGo);
      if (holders.get(name) !== waiting) return;
      holders.delete(name);
      const next = queues.get(name)?.shift();
      if (next) grant(name, next);
    };
    waiting.letGo = letGo;
    waiting.held.add(letGo);
    waiting.run().then(
      (value) => {
        letGo();
        waiting.resolve(value);
      },
      (error) => {
        letGo();
        waiting.reject(error);
      },
    );
  }

  return {
    forTab(held: Set<() => void>): LockManager {
      const request = (name: string, options: LockOptions, callback: () => Promise<unknown>) =>
        new Promise<unknown>((resolve, reject) => {
          const waiting: Waiting = { run: async () => callback(), resolve, reject, held };
          const holder = holders.get(name);
          const { signal } = options;
          setTimeout(
            () => {
              if (signal?.aborted) return reject(signal.reason);
              const current = holders.get(name);
              if (!current) return grant(name, waiting);
              if (options.steal) {
                holders.delete(name);
                current.held.delete(current.letGo ?? (() => {}));
                current.reject(new DOMException("stolen", "AbortError"));
                return grant(name, waiting);
              }
              const queue = queues.get(name) ?? [];
              queues.set(name, queue);
              queue.push(waiting);
              signal?.addEventListener("abort", () => {
                const at = queue.indexOf(waiting);
                if (at < 0) return;
                queue.splice(at, 1);
                reject(signal.reason);
              });
            },
            holder ? 1 : 0,
          );
        });
      return { request, query: async () => ({}) } as unknown as LockManager; // the forms that the client uses
    },
  };
}
