/** WebSocket close codes that carry a meaning in this protocol. Any other is a lost connection. */
export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  messageTooBig: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  malformedFrame: 4400,
  tokenRejected: 4401,
  sessionNotFound: 4404,
  helloTimeout: 4408,
  sessionClosed: 4410,
  tooMany: 4429,
} as const;

/**
 * What a client does after a socket closed:
 * - `reconnect`: the connection was lost, or the server asks to come back: retry with a jittered delay;
 * - `back-off`: the server is busy: retry, but slowly;
 * - `renew`: the token was refused: take a fresh one, once, before ending;
 * - `end`: this session cannot be continued.
 */
export type CloseVerdict = "reconnect" | "back-off" | "renew" | "end";

/** The one place that decides between coming back and giving up. */
export function closeVerdict(code: number): CloseVerdict {
  switch (code) {
    case CLOSE.tryAgainLater:
    case CLOSE.tooMany:
      return "back-off";
    case CLOSE.tokenRejected:
      return "renew";
    case CLOSE.sessionNotFound:
    case CLOSE.sessionClosed:
      return "end";
    default:
      return "reconnect";
  }
}
