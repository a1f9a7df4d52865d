import { register } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

// Loaded before the BFF: node --import ./tracing.ts …/mailoo-chat-bff.js
// The usual variables configure the exporter: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER.

// The BFF consists of ES modules, which can be instrumented only by a loader hook.
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

registerInstrumentations({
  instrumentations: [
    // Browser requests: method, status, and the path without its query.
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ url = "" }) => /\/(healthz|readyz|metrics)$/.test(url),
      requestHook: (span, request) => {
        if (!("url" in request)) return;
        const path = request.url?.split("?")[0] ?? "";
        span.setAttributes({ "http.target": path, "http.url": path, "url.path": path, "url.query": "" });
      },
    }),
    // Requests to the platform. Its paths contain session ids, which do not belong in a trace.
    new UndiciInstrumentation({
      requestHook: (span, { origin, path }) => {
        const safe = path.split("?")[0]?.replace(/\/sessions\/[^/]+/, "/sessions/{id}") ?? "";
        span.setAttributes({ "url.full": `${origin}${safe}`, "url.path": safe, "url.query": "" });
      },
    }),
  ],
});

// The BFF exits by itself after SIGTERM; this sends the recorded traces before that.
process.once("beforeExit", () => void provider.shutdown());
