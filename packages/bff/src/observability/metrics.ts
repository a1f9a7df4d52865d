import { CLOSE } from "@mailoo-chat/protocol";
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import type { Telemetry } from "../lib/telemetry.ts";
import type { BudgetLoad, UpstreamLoad } from "../platform/client.ts";
import type { CheckValue, ReadinessReport } from "./readiness.ts";

/** Values that are read when the metrics are requested. */
interface MetricSources {
  readonly sockets: () => number;
  readonly sends: () => number;
  readonly feedsByMode: () => Readonly<Record<string, number>>;
  readonly eventLoopLagMs: () => number;
  readonly upstreamLoad: () => UpstreamLoad;
  readonly webhooksWaiting: () => number;
  readonly readiness: () => ReadinessReport;
}

/** What `/metrics` shows. */
export interface MetricsPage {
  /** In the Prometheus text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** Prometheus metrics. Labels never contain an id, an address or any other value that a caller chooses. */
export interface Metrics extends Telemetry, MetricsPage {
  requestAnswered(answered: { route: string; method: string; status: number; durationMs: number }): void;
  socketClosed(code: number): void;
  /** Registers the values that are read on demand. Called once. */
  observe(sources: MetricSources): void;
  /** For {@link combineMetrics}. */
  read(): Promise<MetricObjectWithValues<MetricValue<string>>[]>;
}

/** In seconds. A long poll may last 25 s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** @param chat becomes a label of all metrics; null: the only chat, so Node's metrics are included */
export function createMetrics(chat: string | null = null): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (chat === null) collectDefaultMetrics({ register: registry });
  else registry.setDefaultLabels({ chat });

  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const gauges = (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
      },
    });

  const requests = histogram(
    "mailoo_chat_http_request_duration_seconds",
    "Requests from browsers, by route, method and status.",
    ["route", "method", "status"],
  );
  const upstream = histogram(
    "mailoo_chat_upstream_call_duration_seconds",
    "Calls to the platform, by operation and outcome.",
    ["operation", "outcome"],
  );
  const sends = counter("mailoo_chat_sends_total", "Submits, by outcome.", ["outcome"]);
  const firstSendUnknown = counter(
    "mailoo_chat_first_send_unknown_total",
    "First messages sent again although the outcome of the first attempt is unknown: each may have left an orphan.",
  );
  const possibleGap = counter(
    "mailoo_chat_possible_gap_total",
    "Listings that found more messages in one millisecond than the platform lists in a page.",
  );
  const limits = counter("mailoo_chat_limit_hits_total", "Refusals by a limit.", ["limit"]);
  const webhooks = counter("mailoo_chat_webhooks_total", "Webhooks, by outcome of their attempts.", [
    "outcome",
  ]);
  const socketCloses = counter("mailoo_chat_socket_closes_total", "Closed browser sockets, by close code.", [
    "code",
  ]);

  return {
    requestAnswered({ route, method, status, durationMs }) {
      const knownMethod = KNOWN_METHODS.has(method) ? method : "other";
      requests.observe({ route, method: knownMethod, status }, durationMs / 1000);
    },
    upstreamCall: ({ operation, outcome, durationMs }) =>
      upstream.observe({ operation, outcome }, durationMs / 1000),
    sendSettled: (outcome) => sends.inc({ outcome }),
    firstSendUnknown: () => firstSendUnknown.inc(),
    possibleGap: () => possibleGap.inc(),
    limitHit: (limit) => limits.inc({ limit }),
    webhookSettled: (outcome) => webhooks.inc({ outcome }),
    socketClosed: (code) => socketCloses.inc({ code: KNOWN_CLOSE_CODES.has(code) ? code : "other" }),

    observe(sources) {
      const byBudget = (read: (load: BudgetLoad) => number) => () => {
        const { sends, reads } = sources.upstreamLoad();
        return { sends: read(sends), reads: read(reads) };
      };
      const lagSeconds = () => sources.eventLoopLagMs() / 1000;
      gauge("mailoo_chat_sockets", "Open browser sockets.", sources.sockets);
      gauge("mailoo_chat_sends_in_flight", "Submits in progress.", sources.sends);
      gauge("mailoo_chat_webhooks_waiting", "Undelivered webhooks.", sources.webhooksWaiting);
      gauge("mailoo_chat_event_loop_lag_seconds", "Mean delay of the last second.", lagSeconds);
      gauges("mailoo_chat_feeds", "Feeds of sessions, by mode.", "mode", sources.feedsByMode);
      gauges(
        "mailoo_chat_upstream_waiting",
        "Queued calls to the platform, by budget.",
        "budget",
        byBudget(({ waiting }) => waiting),
      );
      gauges(
        "mailoo_chat_upstream_in_flight",
        "Calls to the platform in flight, by budget.",
        "budget",
        byBudget(({ inFlight }) => inFlight),
      );
      gauges("mailoo_chat_check", "The checks of readyz: 1 ok, 0.5 degraded, 0 down.", "check", () =>
        Object.fromEntries(
          Object.entries(sources.readiness().checks).map(([check, value]) => [check, CHECK_LEVEL[value]]),
        ),
      );
    },

    read: async () => {
      const read = (await registry.getMetricsAsJSON()) as MetricObjectWithValues<MetricValue<string>>[];
      // No two chats have the same labels, so there is nothing to aggregate.
      return read.map((metric) => ({ ...metric, aggregator: "first" }));
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** The metrics of all chats and of the process on one page. */
export function combineMetrics(parts: readonly Metrics[]): MetricsPage {
  return {
    render: async () => {
      const read = await Promise.all(parts.map((metrics) => metrics.read()));
      return AggregatorRegistry.aggregate(read).metrics();
    },
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  };
}

const CHECK_LEVEL: Readonly<Record<CheckValue, number>> = { ok: 1, degraded: 0.5, down: 0 };

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

/** A browser may send any close code; unknown ones are counted as `other`. */
const KNOWN_CLOSE_CODES = new Set<number>([...Object.values(CLOSE), 1000, 1005, 1006]);
