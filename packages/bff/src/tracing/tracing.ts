import type { IncomingMessage, ServerResponse } from "node:http";
import type { Telemetry } from "../telemetry.ts";

/**
 * Spans for a collector: one for each request of a browser, and within it one for each call to the platform. They carry what
 * the log carries, and nothing else: no path, query, header, id of a session, or text.
 */
export interface Tracing extends Pick<Telemetry, "upstreamCall"> {
  /** Handles a request in a span of its own. */
  request(req: IncomingMessage, res: ServerResponse, handle: () => void): void;
  /** Hands over what is left and ends; gives up after half a second. */
  close(): Promise<void>;
}

/** Tells both: counts stay what they are, traced or not. */
export function withTracing(telemetry: Telemetry, tracing: Tracing | null): Telemetry {
  if (!tracing) return telemetry;
  return {
    ...telemetry,
    upstreamCall(call) {
      telemetry.upstreamCall(call);
      tracing.upstreamCall(call);
    },
  };
}
