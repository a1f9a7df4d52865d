/** The subset of one site's Web Locks that the client uses: queued exclusive locks, `steal` and `signal`. */
export function createFakeLocks() {
  const holders = new Map<string, Request>();
  const queues = new Map<string, Request[]>();

  function grant(name: string, request: Request): void {
    holders.set(name, request);
    void request.hold().then(
      () => release(name, request),
      () => release(name, request),
    );
  }

  function release(name: string, request: Request): void {
    request.settle();
    if (holders.get(name) !== request) return;
    holders.delete(name);
    const next = queues.get(name)?.shift();
    if (next) grant(name, next);
  }

  function request(name: string, request: Request, { steal, signal }: LockOptions): void {
    const holder = holders.get(name);
    if (steal || !holder) {
      holder?.fail(new DOMException("stolen", "AbortError"));
      grant(name, request);
      return;
    }
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    queue.push(request);
    signal?.addEventListener("abort", () => dequeue(queue, request));
  }

  function dequeue(queue: Request[], request: Request): void {
    const place = queue.indexOf(request);
    if (place < 0) return;
    queue.splice(place, 1);
    request.fail(new DOMException("left the queue", "AbortError"));
  }

  return {
    forTab() {
      const own = new Map<Request, string>();
      const manager = {
        request: (name: string, options: LockOptions, callback: () => Promise<void>) =>
          new Promise<void>((settle, fail) => {
            const made: Request = { hold: async () => callback(), settle, fail };
            own.set(made, name);
            // As in a browser, the result is always asynchronous.
            queueMicrotask(() => request(name, made, options));
          }),
      };
      return {
        manager: manager as unknown as LockManager, // the one form that the client uses
        releaseAll() {
          for (const [made, name] of own) {
            dequeue(queues.get(name) ?? [], made);
            release(name, made);
          }
        },
      };
    },
  };
}

interface Request {
  hold(): Promise<void>;
  settle(): void;
  fail(reason: unknown): void;
}
