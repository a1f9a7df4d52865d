import { simulateFleetRestart } from "./simulate-fleet-restart.ts";
import { simulatePlatformOutage } from "./simulate-platform-outage.ts";

export interface ScalingAssumptions {
  readonly clients: number;
  readonly replicas: number;
  /** `ready` frames a replica gives in a second. */
  readonly handshakesPerSecond: number;
  /** Requests a replica may send to the platform in a second: the default of `MAILOO_CHAT_LIMIT_UPSTREAM_READS`. */
  readonly readsPerSecond: number;
}

export interface RestartFigures {
  readonly name: string;
  readonly arrivals: number;
  readonly peakPerSecond: number;
  readonly peakShare: number;
  /** The peak over what the fleet can serve. */
  readonly peakToCapacity: number;
  readonly turnedAway: number;
  readonly medianBackMs: number;
  readonly p99BackMs: number;
  readonly allBackMs: number;
  readonly arrivalsPerSecond: readonly number[];
}

export interface OutageFigures {
  readonly name: string;
  readonly requestsDuring: number;
  readonly peakDuringPerSecond: number;
  readonly peakAfterPerSecond: number;
  readonly medianBackMs: number;
  readonly p99BackMs: number;
  readonly allBackMs: number;
  readonly arrivalsPerSecond: readonly number[];
}

export interface ScalingFigures {
  readonly assumptions: ScalingAssumptions;
  readonly restarts: readonly RestartFigures[];
  readonly outage: OutageFigures;
}

/** Clients on mobile networks and on fibre. */
const CLIENT_LATENCY_MS = { min: 20, max: 150 };

/** A replica sheds new work when its event loop is a second behind. */
const SHED_AFTER_MS = 1_000;

const SEED = 20_260_101;

export function toScalingFigures(assumptions: ScalingAssumptions): ScalingFigures {
  const { clients, replicas, handshakesPerSecond, readsPerSecond } = assumptions;
  const capacity = replicas * handshakesPerSecond;

  function restart(name: string, downUntilMs: number, askedWithinMs: number | null): RestartFigures {
    const { arrivals, turnedAway, backMs } = simulateFleetRestart({
      clients,
      downUntilMs,
      askedWithinMs,
      handshakesPerSecond: capacity,
      shedAfterMs: SHED_AFTER_MS,
      latencyMs: CLIENT_LATENCY_MS,
      seed: SEED,
    });
    return {
      name,
      arrivals: arrivals.total,
      peakPerSecond: arrivals.peak.count,
      peakShare: arrivals.peakShare,
      peakToCapacity: arrivals.peak.count / capacity,
      turnedAway,
      medianBackMs: backMs.median,
      p99BackMs: backMs.p99,
      allBackMs: backMs.all,
      arrivalsPerSecond: arrivals.perSecond,
    };
  }

  const outage = simulatePlatformOutage({
    sessions: clients,
    replicas,
    outageMs: 600_000,
    readsPerSecond,
    maxWaitMs: 8_000,
    latencyMs: { min: 30, max: 200 },
    seed: SEED,
  });
  return {
    assumptions,
    restarts: [
      restart("all replicas killed, back after 2 s", 2_000, null),
      restart("all replicas killed, back after 30 s", 30_000, null),
    ],
    outage: {
      name: "platform away for ten minutes",
      requestsDuring: outage.during.total,
      peakDuringPerSecond: outage.during.peakPerSecond,
      peakAfterPerSecond: outage.after.peak.count,
      medianBackMs: outage.backMs.median,
      p99BackMs: outage.backMs.p99,
      allBackMs: outage.backMs.all,
      arrivalsPerSecond: outage.after.perSecond,
    },
  };
}
