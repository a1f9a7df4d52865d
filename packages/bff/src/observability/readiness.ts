import type { UpstreamHealth } from "../platform/client.ts";

export type CheckValue = "ok" | "degraded" | "down";

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckValue>>;
}

export interface ReadinessFacts {
  readonly draining: boolean;
  readonly platform: UpstreamHealth;
  /** Null where no Redis is configured. */
  readonly redis: CheckValue | null;
}

/**
 * Whether a load balancer should send visitors here. A fault that all replicas share (the platform away after it has
 * been reached once or that refuses an origin, Redis away) is told, but takes no replica out: that would turn trouble into an outage.
 */
export function judgeReadiness({ draining, platform, redis }: ReadinessFacts): ReadinessReport {
  return {
    ready: !draining && platform.everReached && !platform.keyRefused,
    checks: {
      process: draining ? "down" : "ok",
      platform: judgePlatform(platform),
      key: platform.keyRefused ? "down" : "ok",
      ...(redis !== null && { redis }),
    },
  };
}

function judgePlatform({ everReached, originRefused, circuit }: UpstreamHealth): CheckValue {
  if (!everReached) return "down";
  return circuit === "closed" && !originRefused ? "ok" : "degraded";
}
