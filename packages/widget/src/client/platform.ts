/**
 * The parts of a window that the client uses, and all it knows of the page. Any of them may be missing or throw
 * on some page (storage under a strict privacy setting, Web Locks on plain http); the client copes.
 */
export interface Platform {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  readonly localStorage: Storage;
  readonly BroadcastChannel?: typeof BroadcastChannel;
  readonly crypto: Pick<Crypto, "getRandomValues">;
  readonly navigator: { readonly onLine: boolean; readonly locks?: LockManager };
  readonly document: { readonly hidden: boolean };
  setTimeout(action: () => void, inMs: number): number;
  clearTimeout(timer: number): void;
  addEventListener(type: string, listener: (event: Event) => void, capture: boolean): void;
  removeEventListener(type: string, listener: (event: Event) => void, capture: boolean): void;
}

/** Calls back once, unless the returned function is called before. */
export function startTimer(platform: Platform, action: () => void, inMs: number): () => void {
  const timer = platform.setTimeout(action, inMs);
  return () => platform.clearTimeout(timer);
}

/** 128 random bits in 32 characters. `crypto.randomUUID` does not exist on plain http. */
export function randomId({ crypto }: Platform): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
}
