import {
  type ChatConfig,
  READY_TIMEOUT_MS,
  RECONNECT_SCHEDULE,
  type RetrySchedule,
  retryDelayMs,
} from "@mailoo-chat/protocol";
import type { ConnectionState, TransportName } from "../chat-client.ts";

// The rules of staying connected. Pure: no clock, no socket.

/** Why a dial was lost. */
export type LossCause = Extract<ConnectionState, { name: "waiting" }>["cause"];

/** The state of a client when a dial is lost. */
export interface Standing {
  /** Index of the lost dial's transport. */
  readonly transportIndex: number;
  /** Dials lost since the last one that was proven, this one included. */
  readonly attempt: number;
  /** The lost dial had held long enough to be trusted. */
  readonly proven: boolean;
  /** There was a connection once: a loss now is likely shared by many clients at the same moment. */
  readonly established: boolean;
}

/**
 * Transports from the best to the one that always works, two dials each: if something on the way lets one open and
 * then kills it, the client goes to the next one instead of around in a loop.
 */
export function toTransports({ ws, longPollSeconds }: ChatConfig["realtime"]): readonly TransportName[] {
  const sockets: TransportName[] = ws ? ["socket", "socket"] : [];
  return longPollSeconds ? [...sockets, "long-poll", "long-poll", "poll"] : [...sockets, "poll"];
}

/** If not many clients come back at once: there was no connection yet, or the dials themselves took long. */
const ALONE_SCHEDULE: RetrySchedule = { baseMs: 1_000, maxMs: 10_000 };

const BUSY_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 60_000 };

const PROBE_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 300_000 };

/**
 * What follows a lost dial.
 *
 * @param askedMs a wait that the server asked for; 0 for none.
 * @param jitter evenly drawn from [0, 1).
 * @returns the next transport's index, and how long to wait before it is dialled.
 */
export function afterLoss(
  transports: readonly TransportName[],
  { transportIndex, attempt, proven, established }: Standing,
  cause: LossCause,
  askedMs: number,
  jitter: number,
): readonly [transportIndex: number, inMs: number] {
  const isBusy = cause === "busy";
  const last = transports.lastIndexOf(transports[transportIndex] as TransportName);
  // A server that asks or is busy works; a proven transport gets one more try; otherwise the next transport's turn comes.
  const next =
    isBusy || cause === "asked" ? transportIndex : proven ? last : (transportIndex + 1) % transports.length;
  // The next transport is tried at once, unless many clients come back at the same moment.
  if (next > last && !established) return [next, 0];

  const isCrowd = established && cause !== "timeout" && !askedMs;
  const schedule = isBusy ? BUSY_SCHEDULE : isCrowd ? RECONNECT_SCHEDULE : ALONE_SCHEDULE;
  const atLeastMs = isBusy && !askedMs ? schedule.baseMs : askedMs;
  return [next, retryDelayMs(schedule, cause === "asked" ? 1 : attempt, jitter, atLeastMs)];
}

/**
 * How long a socket may take to open, and then as long again to become ready. If sockets fail, the network may be too
 * slow for them: later ones get more time, beside a poll that works.
 *
 * @param failures sockets that were lost since one was last proven.
 */
export function toSocketTimeoutMs(failures: number): number {
  return READY_TIMEOUT_MS * Math.min(4, 2 ** Math.floor(failures / 2));
}

/**
 * While it polls, a client tries a socket now and then.
 *
 * @param probes how many it has tried since a socket was last proven.
 * @param jitter evenly drawn from [0, 1).
 */
export function toProbeDelayMs(probes: number, jitter: number): number {
  return retryDelayMs(PROBE_SCHEDULE, probes + 1, jitter, PROBE_SCHEDULE.baseMs / 2);
}
