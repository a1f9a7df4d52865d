import type { UpstreamHealth } from "../platform/client.ts";

export type CheckValue = "ok" | "degraded" | "down";

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckValue>>;
}

export interface ReadinessFacts {
  readonly draining: boolean;
  readonly platform: UpstreamHealth;
  /** Null: Redis is not configured. */
  readonly redis: CheckValue | null;
}

/**
 * Whether a load balancer should send visitors here. Faults that all replicas share (the platform is down after it was
 * reached once, or refuses an origin; Redis is down) are reported, but the replica stays ready. Otherwise a load balancer
 * would remove all replicas at once.
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

/**
 * Readiness of a server with several chats: ready if at least one chat is, because a fault of one must not stop the others.
 * Each chat has its own `readyz`.
 */
export function combineReadiness(chats: ReadonlyMap<string, ReadinessReport>): ReadinessReport {
  const checks = [...chats].flatMap(([path, report]) =>
    Object.entries(report.checks).map(([check, value]) => [`${path}/${check}`, value] as const),
  );
  return { ready: [...chats.values()].some(({ ready }) => ready), checks: Object.fromEntries(checks) };
}

function judgePlatform({ everReached, originRefused, circuit }: UpstreamHealth): CheckValue {
  if (!everReached) return "down";
  return circuit === "closed" && !originRefused ? "ok" : "degraded";
}
