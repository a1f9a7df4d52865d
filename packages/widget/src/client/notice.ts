import type { Browser } from "./browser.ts";
import type { ChatNotice, ConnectionState } from "./chat-client.ts";

/** Grace period before the offline notice, if a retry fails after it or the browser says that it is offline. */
const GRACE_MS = 3_000;

/** Grace period in any other case: the longest wait for a first retry has passed. */
const LONG_GRACE_MS = 9_500;

/** `failed`: a retry has just failed, or the browser is offline. */
export type Trouble = "none" | "suspected" | "failed";

/**
 * How bad the network is.
 *
 * @param hasChanged The connection has just changed to this.
 * @param isWanted The visitor has opened the chat: without a conversation there is no connection to tell.
 * @param misses Failures in a row to load the configuration, or to send.
 */
export function toTrouble(
  connection: ConnectionState,
  hasChanged: boolean,
  isBrowserOnline: boolean,
  isWanted: boolean,
  misses: number,
): Trouble {
  const isOffline = !isBrowserOnline && connection.name !== "online";
  // Every state but idle, online and ended counts its attempts.
  if (!("attempt" in connection) && !(isWanted && (misses || isOffline))) return "none";
  const hasFailed = hasChanged && connection.name === "waiting" && connection.attempt > 1;
  return hasFailed || misses > 1 || !isBrowserOnline ? "failed" : "suspected";
}

/**
 * Watches trouble with the network for its grace period.
 *
 * @param onDue Called when the grace period may be over.
 * @returns takes the trouble of the moment, and tells whether the offline notice is due.
 */
export function createGracePeriod(
  { now, setTimer }: Pick<Browser, "now" | "setTimer">,
  onDue: () => void,
): (trouble: Trouble) => boolean {
  let beganAtMs: number | undefined;

  return (trouble) => {
    if (trouble === "none") {
      beganAtMs = undefined;
      return false;
    }
    beganAtMs ??= now();
    const leftMs = beganAtMs + (trouble === "failed" ? GRACE_MS : LONG_GRACE_MS) - now();
    if (leftMs > 0) setTimer(onDue, leftMs);
    // Due until the trouble is over, even if the next one is only suspected.
    else beganAtMs = Number.NEGATIVE_INFINITY;
    return leftMs <= 0;
  };
}

/** The one thing that the visitor should be told. */
export function toNotice(
  connection: ConnectionState,
  pauseMs: number,
  isOffline: boolean,
): ChatNotice | null {
  if (connection.name === "ended") return { kind: "ended", reason: connection.reason };
  if (pauseMs) return { kind: "rate-limited", retryInMs: pauseMs };
  return isOffline ? { kind: "offline" } : null;
}
