import { RECONNECT_SCHEDULE, type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import type { ConnectionState, EndReason, TransportName } from "./chat-client.ts";

/**
 * Decides how the client stays connected. Pure: no clock, no socket; randomness comes in with the event.
 *
 * Transports are tried down a ladder, two dials each, from the best to the one that always works; a dial counts
 * as good only when it has held for a while (`proven`), so that a proxy that cuts every long poll, or lets
 * sockets open and then kills them, pushes the client one step down instead of into a loop. While it polls, a
 * socket is probed in the background, and takes over when it is ready.
 */
export interface Machine {
  readonly connection: ConnectionState;
  /** Number of the newest dial, the first being 1. Callbacks of a dial that is neither `main` nor `probe` are stale. */
  readonly dials: number;
  /** The dial that carries the conversation; 0 for none. */
  readonly main: number;
  /** A socket dialled in the background; 0 for none. */
  readonly probe: number;
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

export type ConnectionEvent =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  /** The transport has delivered what was missed and now brings what is new. */
  | { readonly type: "ready"; readonly dial: number }
  /** It has held long enough to be trusted. */
  | { readonly type: "proven"; readonly dial: number }
  | {
      readonly type: "lost";
      readonly dial: number;
      /** `unavailable`: not offered here, so nothing was tried. */
      readonly cause: LossCause | "unavailable";
      /** A wait that the server asked for. */
      readonly afterMs?: number;
    }
  | { readonly type: "rejected"; readonly dial: number }
  | { readonly type: "ended"; readonly reason: EndReason }
  /** The timer ran out. */
  | { readonly type: "due" }
  /**
   * The visitor acts, or the network or the page came back: do not wait any longer.
   * `suspect`: the connection may have died unnoticed.
   */
  | { readonly type: "wake"; readonly suspect: boolean }
  /** The browser says that there is no network. */
  | { readonly type: "offline" };

export type ConnectionEffect =
  | { readonly type: "dial"; readonly dial: number; readonly transport: TransportName }
  | { readonly type: "hang-up"; readonly dial: number }
  /** Replaces the one timer; null stops it. */
  | { readonly type: "timer"; readonly inMs: number | null }
  /** Ask now whether the socket still lives. */
  | { readonly type: "check" };

export type Transition = readonly [Machine, readonly ConnectionEffect[]];

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

/** Where no crowd comes back at once: nothing has stood yet, or the dials themselves took their time. */
const ALONE_SCHEDULE: RetrySchedule = { baseMs: 1_000, maxMs: 10_000 };

const BUSY_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 60_000 };

const PROBE_SCHEDULE: RetrySchedule = { baseMs: 10_000, maxMs: 300_000 };

/** @param jitter evenly drawn from [0, 1) for this event. */
export function transition(machine: Machine, event: ConnectionEvent, jitter: number): Transition {
  const { connection, main, probe, attempt } = machine;
  switch (event.type) {
    case "start":
      return connection.name === "idle" ? dial(machine) : [machine, []];

    case "stop":
      return [
        { ...INITIAL_MACHINE, dials: machine.dials, established: machine.established },
        hangUps(machine),
      ];

    case "ended":
      return settle(machine, { name: "ended", reason: event.reason });

    case "ready":
      if (event.dial !== main && event.dial !== probe) return [machine, []];
      return online(machine, event.dial, jitter);

    case "proven":
      return event.dial === main
        ? [{ ...machine, attempt: 0, proven: true, renewing: false }, []]
        : [machine, []];

    case "rejected":
      if (event.dial === probe) return probeLater(machine, jitter);
      if (event.dial !== main) return [machine, []];
      return machine.renewing
        ? settle(machine, { name: "ended", reason: "token-rejected" })
        : dial({ ...machine, renewing: true });

    case "lost":
      if (event.dial === probe) return probeLater(machine, jitter);
      return event.dial === main ? lost(machine, event, jitter) : [machine, []];

    case "due":
      if (connection.name === "online") return dialProbe(machine);
      return connection.name === "waiting" || connection.name === "offline" ? dial(machine) : [machine, []];

    case "wake":
      if (connection.name === "online") {
        if (!event.suspect) return [machine, []];
        // To ask anew is all there is to checking a poll.
        return connection.transport === "socket" ? [machine, [{ type: "check" }]] : dial(machine);
      }
      return (connection.name === "waiting" && connection.cause !== "busy") || connection.name === "offline"
        ? dial(machine)
        : [machine, []];

    case "offline":
      if (connection.name === "idle" || connection.name === "ended") return [machine, []];
      // Browsers are wrong about this at times: try now and then all the same.
      return settle(machine, { name: "offline", attempt }, RECONNECT_SCHEDULE.maxMs);
  }
}

function dial(machine: Machine): Transition {
  const next = machine.dials + 1;
  const transport = LADDER[machine.rung] as TransportName; // `rung` is always taken modulo the length
  return [
    {
      ...machine,
      dials: next,
      main: next,
      probe: 0,
      proven: false,
      connection: { name: "connecting", transport, attempt: machine.attempt + 1 },
    },
    [...hangUps(machine), { type: "dial", dial: next, transport }],
  ];
}

function dialProbe(machine: Machine): Transition {
  const next = machine.dials + 1;
  return [
    { ...machine, dials: next, probe: next, probes: machine.probes + 1 },
    [{ type: "dial", dial: next, transport: "socket" }],
  ];
}

function probeLater(machine: Machine, jitter: number): Transition {
  const inMs = retryDelayMs(PROBE_SCHEDULE, machine.probes + 1, jitter, PROBE_SCHEDULE.baseMs / 2);
  return [
    { ...machine, probe: 0 },
    [
      { type: "hang-up", dial: machine.probe },
      { type: "timer", inMs },
    ],
  ];
}

function online(machine: Machine, ready: number, jitter: number): Transition {
  const { main, connection } = machine;
  if (ready !== main) {
    // The probe is ready: the socket takes over from the poll. What both brought is merged by id.
    return [
      {
        ...machine,
        main: ready,
        proven: false,
        probe: 0,
        probes: 0,
        rung: 0,
        connection: { name: "online", transport: "socket" },
      },
      [
        { type: "timer", inMs: null },
        { type: "hang-up", dial: main },
      ],
    ];
  }
  if (connection.name !== "connecting") return [machine, []];
  const { transport } = connection;
  const next: Machine = { ...machine, established: true, connection: { name: "online", transport } };
  return transport === "socket" ? [{ ...next, probes: 0 }, []] : probeLater(next, jitter);
}

function lost(
  machine: Machine,
  { cause, afterMs }: Extract<ConnectionEvent, { type: "lost" }>,
  jitter: number,
): Transition {
  const { rung, proven, established } = machine;
  const transport = LADDER[rung] as TransportName;
  const last = LADDER.lastIndexOf(transport);
  if (cause === "unavailable") return dial({ ...machine, rung: (last + 1) % LADDER.length });

  const attempt = machine.attempt + 1;
  const told = cause === "asked" || cause === "busy";
  // A server that asks or is busy works; what has worked before gets one more try; the rest goes a step down.
  const next: Machine = {
    ...machine,
    attempt,
    rung: told ? rung : proven ? last : (rung + 1) % LADDER.length,
  };
  // The next transport down is another door: no need to wait before it, unless all who were here knock at the same moment.
  if (next.rung > last && !established) return dial(next);

  const crowd = established && cause !== "timeout" && !(cause === "asked" && afterMs);
  const schedule = cause === "busy" ? BUSY_SCHEDULE : crowd ? RECONNECT_SCHEDULE : ALONE_SCHEDULE;
  const retryInMs = retryDelayMs(schedule, cause === "asked" ? 1 : attempt, jitter, afterMs);
  return settle(next, { name: "waiting", attempt, retryInMs, cause }, retryInMs);
}

/** Comes to rest: nothing is dialled until the timer runs out, if there is one. */
function settle(machine: Machine, connection: ConnectionState, inMs: number | null = null): Transition {
  return [{ ...machine, connection, main: 0, probe: 0 }, [...hangUps(machine), { type: "timer", inMs }]];
}

function hangUps({ main, probe }: Machine): ConnectionEffect[] {
  const ends: ConnectionEffect[] = [{ type: "timer", inMs: null }];
  for (const dialled of [main, probe]) {
    if (dialled) ends.push({ type: "hang-up", dial: dialled });
  }
  return ends;
}
