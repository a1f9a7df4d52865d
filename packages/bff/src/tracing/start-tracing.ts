import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { TracingConfig } from "../config.ts";
import { requestContext } from "../http/request-context.ts";
import { packageVersion } from "../package-version.ts";
import type { Tracing } from "./tracing.ts";

// The one file that knows OpenTelemetry. It is imported where tracing is switched on and never elsewhere, since its packages
// need not be there. Nothing is patched and nothing global is set: no span appears that is not made here.

const EXPORT_EVERY_MS = 1_000;
/** A collector that does not answer must not hold up a process that ends. */
const LAST_EXPORT_MS = 500;

/** Asked every few seconds by machines. */
const UNTRACED = new Set(["healthz", "readyz", "metrics"]);

/** Further settings, such as headers, the exporter reads from the `OTEL_EXPORTER_OTLP_…` variables itself. */
export function startTracing({ endpoint, serviceName }: TracingConfig): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "service.version": packageVersion() }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: EXPORT_EVERY_MS })],
  });
  const tracer = provider.getTracer("@mailoo-chat/bff", packageVersion());
  const current = new AsyncLocalStorage<Context>();

  return {
    request(req, res, handle) {
      const span = tracer.startSpan("request", { kind: SpanKind.SERVER }, ROOT_CONTEXT);
      res.once("close", () => {
        const { route, requestId, problemCode } = requestContext(req);
        // A span that is not ended is not exported.
        if (UNTRACED.has(route)) return;
        const method = req.method ?? "";
        span.updateName(`${method} ${route}`);
        span.setAttributes({
          "http.request.method": method,
          "http.route": route,
          "http.response.status_code": res.statusCode,
          "mailoo_chat.request_id": requestId,
          ...(problemCode !== null && { "mailoo_chat.code": problemCode }),
        });
        if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      });
      current.run(trace.setSpan(ROOT_CONTEXT, span), handle);
    },

    upstreamCall({ operation, outcome, durationMs }) {
      const endedAtMs = Date.now();
      const span = tracer.startSpan(
        `platform ${operation}`,
        {
          kind: SpanKind.CLIENT,
          startTime: endedAtMs - durationMs,
          attributes: { "mailoo_chat.operation": operation, "mailoo_chat.outcome": outcome },
        },
        current.getStore() ?? ROOT_CONTEXT,
      );
      if (outcome !== "ok") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endedAtMs);
    },

    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LAST_EXPORT_MS);
      await Promise.race([provider.shutdown().catch(() => {}), late.promise]);
      clearTimeout(timer);
    },
  };
}
