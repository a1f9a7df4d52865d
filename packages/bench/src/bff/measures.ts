import type { Measure } from "./finding.ts";
import { measureDrain } from "./measure-drain.ts";
import { measureIdle } from "./measure-idle.ts";
import { measureMassDrop } from "./measure-mass-drop.ts";
import { measurePushCpu } from "./measure-push-cpu.ts";
import { measurePushLatency } from "./measure-push-latency.ts";
import { measureRedisLoss } from "./measure-redis-loss.ts";
import { measureStalled } from "./measure-stalled.ts";
import { measureSubmitCpu, measureSubmitCpuWithRedis } from "./measure-submit-cpu.ts";
import { measureSubmitLatency } from "./measure-submit-latency.ts";

/** By the name that the command takes, in the order of the table. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  submit: measureSubmitCpu,
  "submit-redis": measureSubmitCpuWithRedis,
  "submit-latency": measureSubmitLatency,
  push: measurePushCpu,
  "push-latency": measurePushLatency,
  idle: measureIdle,
  drop: measureMassDrop,
  stalled: measureStalled,
  drain: measureDrain,
  redis: measureRedisLoss,
};
