import { ROUTES, type Route } from "./routes.ts";

export interface RouteStats {
  readonly requests: number;
  /** How often each status was answered. Requests without an answer are not counted here. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Counts what reached the sandbox since it started, or since `reset`. */
export interface RequestStats {
  countRequest(route: Route): void;
  countStatus(route: Route, status: number): void;
  snapshot(): Readonly<Record<Route, RouteStats>>;
  reset(): void;
}

export function createRequestStats(): RequestStats {
  const requests = new Map<Route, number>();
  const statuses = new Map<Route, Map<number, number>>();
  return {
    countRequest(route) {
      requests.set(route, (requests.get(route) ?? 0) + 1);
    },
    countStatus(route, status) {
      const ofRoute = statuses.get(route) ?? new Map<number, number>();
      statuses.set(route, ofRoute.set(status, (ofRoute.get(status) ?? 0) + 1));
    },
    snapshot() {
      const rows = ROUTES.map((route) => [
        route,
        { requests: requests.get(route) ?? 0, statuses: Object.fromEntries(statuses.get(route) ?? []) },
      ]);
      // One row per route: the keys are all of them.
      return Object.fromEntries(rows) as Record<Route, RouteStats>;
    },
    reset() {
      requests.clear();
      statuses.clear();
    },
  };
}
