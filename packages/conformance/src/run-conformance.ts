import { DASHBOARD_PROBES } from "./dashboard-probes.ts";
import type { ConformanceOptions } from "./options.ts";
import { broken, type Probe, type Verdict } from "./probe.ts";
import { createProbeContext, type ProbeContext } from "./probe-context.ts";
import type { Shape } from "./shape-of.ts";
import { SOCKET_PROBES } from "./socket-probes.ts";
import { WEBHOOK_PROBES } from "./webhook-probes.ts";

export interface Finding {
  readonly id: string;
  readonly behaviour: string;
  readonly verdict: Verdict;
}

export interface ConformanceReport {
  /** Whether nothing is broken. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Keys and types of every answer and frame, by request. */
  readonly shapes: Readonly<Record<string, Shape>>;
}

const PROBES: readonly Probe[] = [...WEBHOOK_PROBES, ...SOCKET_PROBES, ...DASHBOARD_PROBES];

/** Checks every documented behaviour, one after the other. Never throws because of the platform. */
export async function runConformance(
  options: ConformanceOptions,
  onFinding: (finding: Finding) => void = () => {},
): Promise<ConformanceReport> {
  const context = createProbeContext(options);
  const findings: Finding[] = [];
  for (const probe of PROBES) {
    const finding = { id: probe.id, behaviour: probe.behaviour, verdict: await attempt(probe, context) };
    findings.push(finding);
    onFinding(finding);
  }
  return { ok: !findings.some(({ verdict }) => verdict.name === "broken"), findings, shapes: context.shapes };
}

async function attempt(probe: Probe, context: ProbeContext): Promise<Verdict> {
  try {
    return await probe.run(context);
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  }
}
