import {
  type ConnectionEffects,
  type ConnectionEvent,
  INITIAL_MACHINE,
  type Machine,
  transition,
} from "../../../widget/src/client/connection-machine.ts";
import { type ArrivalCurve, createArrivalCurve } from "./arrival-curve.ts";
import { createEventHeap } from "./event-heap.ts";
import { createFleet, type FleetOptions } from "./fleet.ts";
import { createRandom } from "./random.ts";

export interface FleetRestartOptions extends FleetOptions {
  readonly clients: number;
  /** Null: every socket breaks at time 0. Else each client is told to come back after an even part of this. */
  readonly askedWithinMs: number | null;
  /** Network time from a client to the fleet, drawn evenly. */
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly seed: number;
}

export interface FleetRestartResult {
  /** Dials that reached the fleet, or what was left of it. */
  readonly arrivals: ArrivalCurve;
  readonly turnedAway: number;
  /** When so many were back, in milliseconds since the restart. */
  readonly backMs: { readonly median: number; readonly p99: number; readonly all: number };
}

/** What an event in the heap is. Two bits of its tag; the rest is the timer's generation or the dial's number. */
const KIND = { timer: 0, arrival: 1, ready: 2, proven: 3 } as const;
const KINDS = 4;

/** Clients trust a socket that has held so long. The same figure stands in the widget's socket transport. */
const PROVEN_AFTER_MS = 10_000;

/** Drives the widget's own connection machine, a million times over, by a clock that jumps from event to event. */
export function simulateFleetRestart(options: FleetRestartOptions): FleetRestartResult {
  const { clients, askedWithinMs, latencyMs, seed } = options;
  const random = createRandom(seed);
  const receive = createFleet(options);
  const heap = createEventHeap(clients * 2);
  const machines: Machine[] = [];
  const timerGenerations = new Uint32Array(clients);
  const backAtMs = new Float64Array(clients).fill(Number.NaN);
  const arrivals = createArrivalCurve();
  let turnedAway = 0;
  let nowMs = 0;

  const latency = () => latencyMs.min + random() * (latencyMs.max - latencyMs.min);

  function tell(client: number, event: ConnectionEvent): void {
    const before = machines[client] as Machine; // every client has one
    const [after, effects] = transition(before, event, random());
    machines[client] = after;
    run(client, after, effects);
    if (after.connection.name === "online" && before.connection.name !== "online") backAtMs[client] = nowMs;
  }

  /** As the widget's driver does it. What is hung up need not be: the machine drops what an old dial says. */
  function run(client: number, { dials }: Machine, { timerMs, dial }: ConnectionEffects): void {
    if (timerMs !== undefined) {
      const generation = ((timerGenerations[client] ?? 0) + 1) >>> 0;
      timerGenerations[client] = generation;
      if (timerMs !== null) heap.push(nowMs + timerMs, client, generation * KINDS + KIND.timer);
    }
    if (dial !== undefined) heap.push(nowMs + latency(), client, dials * KINDS + KIND.arrival);
  }

  function arrive(client: number, dial: number): void {
    arrivals.add(nowMs);
    const reception = receive(nowMs);
    if (reception.kind === "ready") {
      heap.push(reception.atMs + latency(), client, dial * KINDS + KIND.ready);
      return;
    }
    if (reception.kind === "busy") turnedAway += 1;
    tell(client, { type: "lost", dial, cause: reception.kind === "busy" ? "busy" : "refused" });
  }

  const onlineMachine = createOnlineMachine();
  for (let client = 0; client < clients; client += 1) {
    machines.push(onlineMachine);
    const dial = onlineMachine.main;
    tell(
      client,
      askedWithinMs === null
        ? { type: "lost", dial, cause: "lost" }
        : { type: "lost", dial, cause: "asked", afterMs: Math.round((client / clients) * askedWithinMs) },
    );
  }

  while (heap.pop()) {
    nowMs = heap.atMs;
    const { client, tag } = heap;
    const value = Math.floor(tag / KINDS);
    switch (tag % KINDS) {
      case KIND.timer:
        if (timerGenerations[client] === value) tell(client, { type: "due" });
        break;
      case KIND.arrival:
        arrive(client, value);
        break;
      case KIND.ready:
        tell(client, { type: "ready", dial: value });
        heap.push(nowMs + PROVEN_AFTER_MS, client, value * KINDS + KIND.proven);
        break;
      case KIND.proven:
        tell(client, { type: "proven", dial: value });
        break;
    }
  }

  backAtMs.sort();
  const at = (share: number) => backAtMs[Math.min(clients - 1, Math.floor(share * clients))] ?? Number.NaN;
  return { arrivals, turnedAway, backMs: { median: at(0.5), p99: at(0.99), all: at(1) } };
}

/** A client that has held a socket for long. */
function createOnlineMachine(): Machine {
  const [dialled] = transition(INITIAL_MACHINE, { type: "start" }, 0);
  const [online] = transition(dialled, { type: "ready", dial: dialled.main }, 0);
  return transition(online, { type: "proven", dial: online.main }, 0)[0];
}
