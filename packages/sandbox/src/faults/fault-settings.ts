import { z } from "zod";
import { dialectSetting } from "../dialect/dialect.ts";
import { ROUTES, type Route, WEBHOOK_ROUTES } from "../http/routes.ts";

/**
 * How often a fault happens: `true` always, a whole number the next n times, a fraction between 0 and 1 with that
 * probability, `false` or 0 never.
 */
const times = z.union([
  z.boolean(),
  z.number().refine((value) => value >= 0 && (value < 1 || Number.isInteger(value)), {
    error: "must be a fraction below 1 or a whole number",
  }),
]);

export type Times = z.infer<typeof times>;

const duration = z.union([
  z.number().min(0).max(600_000),
  z
    .strictObject({ min: z.number().min(0), max: z.number().max(600_000) })
    .refine(({ min, max }) => min <= max, { error: "min must not be above max" }),
]);

/** Milliseconds, or a range to pick from at random. */
export type Duration = z.infer<typeof duration>;

const route = z.enum(ROUTES);

/** Every switch, as `PUT /__sandbox/faults` takes it. The README's table says what each does. */
export const faultSettings = z.strictObject({
  routes: z.array(route),
  latencyMs: z.union([duration, z.partialRecord(route, duration)]),
  errorRate: z.number().min(0).max(1),
  errorStatus: z.int().min(400).max(599),
  rateLimit: z
    .strictObject({
      retryAfterSeconds: z.int().min(0).max(86_400),
      count: z.int().positive().nullable().default(null),
    })
    .nullable(),
  hang: times,
  failBeforeAccept: times,
  acceptThenFail: times,
  acceptThenReset: times,
  acceptThenHang: times,
  html: times,
  echoKey: z.boolean(),
  dialect: dialectSetting,
  since: z.enum(["inclusive", "exclusive"]),
  pageSize: z.int().positive().nullable(),
  pageOrder: z.enum(["oldest", "newest"]),
  equalTimestamps: z.boolean(),
  lateInsertMs: z.number().min(0),
  clockSkewMs: z.number(),
  sockets: z.enum(["ok", "refuse", "hang", "drop", "mute"]),
  losePushes: times,
  pushDelayMs: z.number().min(0).max(600_000),
  replay: z.int().min(0).max(1000),
  foreignPush: z.boolean(),
  nonMessageFrames: z.boolean(),
});

export type FaultSettings = Readonly<z.infer<typeof faultSettings>>;

/** Some switches; the others stay as they are. */
export const faultPatch = faultSettings.partial();

export type FaultPatch = z.input<typeof faultPatch>;

/** Switches that count down or are random. */
export type TimesSwitch =
  | "hang"
  | "failBeforeAccept"
  | "acceptThenFail"
  | "acceptThenReset"
  | "acceptThenHang"
  | "html"
  | "losePushes";

/** No faults. */
export const NO_FAULTS: FaultSettings = {
  routes: [...WEBHOOK_ROUTES],
  latencyMs: 0,
  errorRate: 0,
  errorStatus: 500,
  rateLimit: null,
  hang: false,
  failBeforeAccept: false,
  acceptThenFail: false,
  acceptThenReset: false,
  acceptThenHang: false,
  html: false,
  echoKey: false,
  dialect: "default",
  since: "exclusive",
  pageSize: null,
  pageOrder: "oldest",
  equalTimestamps: false,
  lateInsertMs: 0,
  clockSkewMs: 0,
  sockets: "ok",
  losePushes: false,
  pushDelayMs: 0,
  replay: 0,
  foreignPush: false,
  nonMessageFrames: false,
};

/**
 * How long a request on `name` has to wait: as its own entry says, or, where one latency is given for all, if it is
 * among the routes that faults hit. `draw` is in [0, 1).
 */
export function latencyFor(
  name: Route,
  { latencyMs, routes }: Pick<FaultSettings, "latencyMs" | "routes">,
  draw: number,
): number {
  if (isDuration(latencyMs)) return routes.includes(name) ? drawDuration(latencyMs, draw) : 0;
  const own = latencyMs[name];
  return own === undefined ? 0 : drawDuration(own, draw);
}

function isDuration(latency: FaultSettings["latencyMs"]): latency is Duration {
  return typeof latency === "number" || "min" in latency;
}

function drawDuration(value: Duration, draw: number): number {
  return typeof value === "number" ? value : value.min + draw * (value.max - value.min);
}
