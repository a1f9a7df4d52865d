import {
  afterLoss,
  type LossCause,
  toProbeDelayMs,
  toTransports,
} from "../../../widget/src/client/connection/rules.ts";
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

/** What an event in the heap is. Three bits of its tag; the rest is the timer's or the dial's number. */
const KIND = { dial: 0, probe: 1, arrival: 2, probeArrival: 3, ready: 4, proven: 5 } as const;
const KINDS = 8;

const TRANSPORTS = toTransports({ ws: "/ws", longPollSeconds: 25 });

/** Clients trust a socket that has held so long. The same figure stands in the widget's socket transport. */
const PROVEN_AFTER_MS = 10_000;

/** Drives the widget's own rules of staying connected, a million times over, by a clock that jumps from event to event. */
export function simulateFleetRestart(options: FleetRestartOptions): FleetRestartResult {
  const { clients, askedWithinMs, latencyMs, seed } = options;
  const random = createRandom(seed);
  const receive = createFleet(options);
  const heap = createEventHeap(clients * 2);
  // Where each client stands. All of them have held a socket for long.
  const transportIndexes = new Uint8Array(clients);
  const attempts = new Uint32Array(clients);
  const proven = new Uint8Array(clients).fill(1);
  const probes = new Uint32Array(clients);
  /** The number of what a client waits for; an event with an older one is over. */
  const turns = new Uint32Array(clients);
  const backAtMs = new Float64Array(clients).fill(Number.NaN);
  const arrivals = createArrivalCurve();
  let turnedAway = 0;
  let nowMs = 0;

  const latency = () => latencyMs.min + random() * (latencyMs.max - latencyMs.min);

  function schedule(client: number, kind: number, atMs: number): void {
    heap.push(atMs, client, at(turns, client) * KINDS + kind);
  }

  function lose(client: number, cause: LossCause, askedMs = 0): void {
    const attempt = at(attempts, client) + 1;
    const standing = {
      transportIndex: at(transportIndexes, client),
      attempt,
      proven: at(proven, client) > 0,
      established: true,
    };
    const [transportIndex, inMs] = afterLoss(TRANSPORTS, standing, cause, askedMs, random());
    turns[client] = at(turns, client) + 1;
    transportIndexes[client] = transportIndex;
    attempts[client] = attempt;
    proven[client] = 0;
    schedule(client, KIND.dial, nowMs + inMs);
  }

  /** A lost probe is tried again later; a lost dial is a loss. */
  function arrive(client: number, isProbe: boolean): void {
    arrivals.add(nowMs);
    const reception = receive(nowMs);
    if (reception.kind === "ready") {
      if (isProbe) transportIndexes[client] = 0;
      schedule(client, KIND.ready, reception.atMs + latency());
      return;
    }
    const isBusy = reception.kind === "busy";
    if (isBusy) turnedAway += 1;
    if (isProbe) probeLater(client);
    else lose(client, isBusy ? "busy" : "refused");
  }

  function probeLater(client: number): void {
    schedule(client, KIND.probe, nowMs + toProbeDelayMs(at(probes, client), random()));
    probes[client] = at(probes, client) + 1;
  }

  function becomeOnline(client: number): void {
    if (Number.isNaN(backAtMs[client])) backAtMs[client] = nowMs;
    schedule(client, KIND.proven, nowMs + PROVEN_AFTER_MS);
    if (TRANSPORTS[at(transportIndexes, client)] !== "socket") probeLater(client);
  }

  for (let client = 0; client < clients; client += 1) {
    if (askedWithinMs === null) lose(client, "lost");
    else lose(client, "asked", Math.round((client / clients) * askedWithinMs));
  }

  while (heap.pop()) {
    nowMs = heap.atMs;
    const { client, tag } = heap;
    if (at(turns, client) !== Math.floor(tag / KINDS)) continue;
    switch (tag % KINDS) {
      case KIND.dial:
        schedule(client, KIND.arrival, nowMs + latency());
        break;
      case KIND.probe:
        schedule(client, KIND.probeArrival, nowMs + latency());
        break;
      case KIND.arrival:
        arrive(client, false);
        break;
      case KIND.probeArrival:
        arrive(client, true);
        break;
      case KIND.ready:
        becomeOnline(client);
        break;
      case KIND.proven:
        attempts[client] = 0;
        proven[client] = 1;
        break;
    }
  }

  backAtMs.sort();
  const share = (part: number) => at(backAtMs, Math.min(clients - 1, Math.floor(part * clients)));
  return { arrivals, turnedAway, backMs: { median: share(0.5), p99: share(0.99), all: share(1) } };
}

/** There is a value for each client. */
function at(values: Uint8Array | Uint32Array | Float64Array, client: number): number {
  return values[client] as number;
}
