import { ConfigError, type TracingConfig } from "../config.ts";
import type { Tracing } from "./tracing.ts";

type TracingModule = typeof import("./start-tracing.ts");

/** What has to be installed beside this package for tracing. */
export const TRACING_PACKAGES = [
  "@opentelemetry/api",
  "@opentelemetry/sdk-trace",
  "@opentelemetry/resources",
  "@opentelemetry/exporter-trace-otlp-http",
] as const;

/**
 * Switches tracing on where it is configured.
 *
 * @throws ConfigError where its packages are not installed
 */
export async function loadTracing(
  config: TracingConfig | null,
  importTracing: () => Promise<TracingModule> = () => import("./start-tracing.ts"),
): Promise<Tracing | null> {
  if (!config) return null;
  try {
    const { startTracing } = await importTracing();
    return startTracing(config);
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw new ConfigError([
      `OTEL_EXPORTER_OTLP_ENDPOINT: needs packages that are not installed: npm install ${TRACING_PACKAGES.join(" ")}`,
    ]);
  }
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
