/**
 * Shares one answer between callers that ask the same at about the same time. The question is asked after each of them came:
 * the answer to an earlier question may be older than what made them ask.
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
    const askLater = () => askNow(about);
    const next = queued.get(about) ?? current.then(askLater, askLater);
    queued.set(about, next);
    return next;
  };
}
