/**
 * One answer for many who ask at about the same time: an open question is joined, a fresh answer repeated. A failure is
 * told to all who joined and then forgotten. Whoever gives up only gives up waiting.
 */
export interface SharedAnswer<T> {
  /** Rejects as the question does, or with the signal's reason. */
  get(signal?: AbortSignal): Promise<T>;
}

export function createSharedAnswer<T>(options: {
  readonly ask: () => Promise<T>;
  readonly freshForMs: number;
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
}): SharedAnswer<T> {
  const { ask, freshForMs, now } = options;
  let open: Promise<T> | null = null;
  let known: { readonly answer: T; readonly atMs: number } | null = null;

  return {
    get(signal) {
      if (known !== null && now() - known.atMs < freshForMs) return Promise.resolve(known.answer);
      open ??= askOnce();
      return signal === undefined ? open : orAborted(open, signal);
    },
  };

  async function askOnce(): Promise<T> {
    try {
      const answer = await ask();
      known = { answer, atMs: now() };
      return answer;
    } finally {
      open = null;
    }
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * One answer for many who ask the same at about the same time, to a question that was asked after each of them came: what
 * a question that was out already brings may be older than what made them ask.
 */
export function createNextAnswer<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const open = new Map<string, Promise<T>>();
  const queued = new Map<string, Promise<T>>();

  function askNow(about: string): Promise<T> {
    queued.delete(about);
    const answer = ask(about);
    open.set(about, answer);
    const forget = () => {
      if (open.get(about) === answer) open.delete(about);
    };
    answer.then(forget, forget);
    return answer;
  }

  return (about) => {
    const current = open.get(about);
    if (current === undefined) return askNow(about);
    const next =
      queued.get(about) ??
      current.then(
        () => askNow(about),
        () => askNow(about),
      );
    queued.set(about, next);
    return next;
  };
}
