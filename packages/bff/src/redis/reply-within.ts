/**
 * Rejects where a reply takes longer than `ms`. Unlike a plain timer it does not blame the server for our own
 * process's stalls: a reply that lies in the socket when the timer fires is read first.
 */
export function replyWithin<T>(ms: number, reply: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`no reply within ${ms} ms`)));
    }, ms);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
