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
