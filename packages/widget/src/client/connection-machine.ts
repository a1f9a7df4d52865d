import { RECONNECT_SCHEDULE, type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import type { ConnectionState, EndReason, TransportName } from "./chat-client.ts";

/**
 * Decides how the client stays connected. Pure: no clock, no socket; randomness comes in with the event.
 *
 * Transports are tried down a ladder, two dials each, from the best to the one that always works. A dial counts
 * as good only when it has held for a while (`proven`), so that a proxy that cuts every long poll, or lets
 * sockets open and then kills them, pushes the client one step down instead of into a loop. While it polls, a
 * socket is probed in the background, and takes over when it is ready.
 */
export interface Machine {
  readonly connection: ConnectionState;
  /** Number of the newest dial, the first being 1. */
  readonly dials: number;
  /** The dial that carries the conversation; 0 for none. */
  readonly main: number;
  /** A socket dialled in the background; 0 for none. */
  readonly probe: number;
  /** Probes since a socket was last ready. */
  readonly probes: number;
  /** Index into the ladder of transports. */
  readonly rung: number;
  /** Dials lost since the last proven connection. */
  readonly attempt: number;
  /** The main dial has held long enough to be trusted. */
  readonly proven: boolean;
  /** There was a connection once: a loss now is likely shared by many clients at the same moment. */
  readonly established: boolean;
  /** The token was refused, and one more try is under way. */
  readonly renewing: boolean;
}

export type LossCause = Extract<ConnectionState, { name: "waiting" }>["cause"];

/** What a transport says of itself. After `lost` and `ended` it says no more. */
export type TransportSignal =
  /** It has delivered what was missed, and now brings what is new. */
  | { readonly type: "ready" }
  /** It has held long enough to be trusted. */
  | { readonly type: "proven" }
  | {
      readonly type: "lost";
      /** `unavailable`: not offered here, so nothing was tried. */
      readonly cause: LossCause | "unavailable";
      /** A wait that the server asked for. */
      readonly afterMs?: number;
    }
  | { readonly type: "ended"; readonly reason: EndReason };

export type ConnectionEvent =
  | (TransportSignal & {
      /** The dial that says so. */
      readonly dial: number;
    })
  /** A send has found the session over. */
  | { readonly type: "ended"; readonly reason: EndReason }
  | { readonly type: "start" }
  | { readonly type: "stop" }
  /** The timer ran out. */
  | { readonly type: "due" }
  /**
   * The visitor acts, or the network or the page came back: do not wait any longer.
   * `suspect`: the connection may have died unnoticed.
   */
  | { readonly type: "wake"; readonly suspect: boolean }
  /** The browser says that there is no network. */
  | { readonly type: "offline" };

/** What the driver is to do. It also hangs up every dial that is neither `main` nor `probe`. */
export interface ConnectionEffects {
  /** Dials; the number is the machine's `dials`. */
  readonly dial?: TransportName;
  /** Replaces the one timer; null only stops it. */
  readonly timerMs?: number | null;
  /** Asks now whether the main dial still lives. */
  readonly check?: boolean;
}

export type Transition = readonly [Machine, ConnectionEffects];

export const INITIAL_MACHINE: Machine = {
  connection: { name: "idle" },
  dials: 0,
  main: 0,
  probe: 0,
  probes: 0,
  rung: 0,
  attempt: 0,
  proven: false,
  established: false,
  renewing: false,
};

const LADDER: readonly TransportName[] = ["socket", "socket", "long-poll", "long-poll", "poll"];

function transportOf({ rung }: Machine): TransportName {
  return LADDER[rung] as TransportName; // `rung` is always taken modulo the length
}

/** Where no crowd comes back at once: nothing has stood yet, or the dials themselves took their time. */
const ALONE_SCHEDULE: RetrySchedule = { baseMs: 1_000, maxMs: 10_000 };

const BUSY_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 60_000 };

const PROBE_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 300_000 };

/** Browsers are wrong about being offline at times: try now and then all the same. */
const OFFLINE_RETRY_MS = 30_000;

/** @param jitter evenly drawn from [0, 1) for this event. */
export function transition(machine: Machine, event: ConnectionEvent, jitter: number): Transition {
  const { connection, main, probe } = machine;
  const { name } = connection;
  const same: Transition = [machine, {}];
  if ("dial" in event) {
    if (event.dial === probe) return onProbe(machine, event, jitter);
    if (event.dial !== main) return same;
  }
  switch (event.type) {
    case "start":
      return name === "idle" ? dial(machine) : same;
    case "stop":
      return [
        { ...INITIAL_MACHINE, dials: machine.dials, established: machine.established },
        { timerMs: null },
      ];
    case "offline":
      return name === "idle" || name === "ended"
        ? same
        : rest(machine, { name: "offline", attempt: machine.attempt }, OFFLINE_RETRY_MS);
    case "due":
      return name === "online" ? dialProbe(machine) : dial(machine);
    case "wake":
      // To ask anew is all there is to checking a poll. A busy server's wait is not cut short.
      if (name === "online" && event.suspect && connection.transport === "socket")
        return [machine, { check: true }];
      return name === "offline" ||
        (name === "online" && event.suspect) ||
        (name === "waiting" && connection.cause !== "busy")
        ? dial(machine)
        : same;
    case "ready":
      return online(machine, transportOf(machine), jitter);
    case "proven":
      return [{ ...machine, attempt: 0, proven: true, renewing: false }, {}];
    case "ended":
      return event.reason === "token-rejected" && !machine.renewing
        ? dial({ ...machine, renewing: true })
        : rest(machine, { name: "ended", reason: event.reason });
    case "lost":
      return lost(machine, event.cause, jitter, event.afterMs);
  }
}

function dial(machine: Machine): Transition {
  const dials = machine.dials + 1;
  const transport = transportOf(machine);
  const connection: ConnectionState = { name: "connecting", transport, attempt: machine.attempt + 1 };
  return [
    { ...machine, connection, dials, main: dials, probe: 0, proven: false },
    { dial: transport, timerMs: null },
  ];
}

function dialProbe(machine: Machine): Transition {
  const dials = machine.dials + 1;
  return [{ ...machine, dials, probe: dials, probes: machine.probes + 1 }, { dial: "socket" }];
}

/** A ready probe takes over from the poll; what both brought is merged by id. A lost one is tried again later. */
function onProbe(
  machine: Machine,
  { type, dial }: { type: string; dial: number },
  jitter: number,
): Transition {
  return type === "ready"
    ? online({ ...machine, main: dial, probe: 0, proven: false, rung: 0 }, "socket", jitter)
    : online({ ...machine, probe: 0 }, transportOf(machine), jitter);
}

function online(machine: Machine, transport: TransportName, jitter: number): Transition {
  const next: Machine = { ...machine, established: true, connection: { name: "online", transport } };
  if (transport === "socket") return [{ ...next, probes: 0 }, { timerMs: null }];
  const { baseMs } = PROBE_SCHEDULE;
  return [next, { timerMs: retryDelayMs(PROBE_SCHEDULE, machine.probes + 1, jitter, baseMs / 2) }];
}

function lost(machine: Machine, cause: LossCause | "unavailable", jitter: number, afterMs = 0): Transition {
  const { rung, proven } = machine;
  const last = LADDER.lastIndexOf(transportOf(machine));
  if (cause === "unavailable") return dial({ ...machine, rung: (last + 1) % LADDER.length });

  const attempt = machine.attempt + 1;
  const told = cause === "asked" || cause === "busy";
  // A server that asks or is busy works; what has worked before gets one more try; the rest goes a step down.
  const next: Machine = {
    ...machine,
    attempt,
    rung: told ? rung : proven ? last : (rung + 1) % LADDER.length,
  };
  // The next transport down is another door: no need to wait before it, unless a crowd stands there.
  if (next.rung > last && !machine.established) return dial(next);

  const crowd = machine.established && cause !== "timeout" && !afterMs;
  const schedule = cause === "busy" ? BUSY_SCHEDULE : crowd ? RECONNECT_SCHEDULE : ALONE_SCHEDULE;
  const atLeastMs = cause === "busy" ? afterMs || schedule.baseMs : afterMs;
  const retryInMs = retryDelayMs(schedule, cause === "asked" ? 1 : attempt, jitter, atLeastMs);
  return rest(next, { name: "waiting", attempt, retryInMs, cause }, retryInMs);
}

/** Nothing is dialled until the timer runs out, if there is one. */
function rest(machine: Machine, connection: ConnectionState, timerMs: number | null = null): Transition {
  return [{ ...machine, connection, main: 0, probe: 0 }, { timerMs }];
}
