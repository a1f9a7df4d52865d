export type { ConformanceOptions } from "./options.ts";
export type { Verdict } from "./probe.ts";
export { type ConformanceReport, type Finding, runConformance } from "./run-conformance.ts";
export type { Shape } from "./shape-of.ts";
