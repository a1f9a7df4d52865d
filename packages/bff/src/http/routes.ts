import { ROUTES } from "@mailoo-chat/protocol";
import type { BffConfig } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import { createOpenApiDocument } from "../openapi/openapi-document.ts";
import { packageVersion } from "../package-version.ts";
import type { Presence } from "../presence.ts";
import type { ReadinessReport } from "../readiness.ts";
import { createChatConfigRoute } from "./chat-config.ts";
import type { Route } from "./chat-handler.ts";
import { createMessagesRoute, type MessagesDeps } from "./messages.ts";
import { sendJson } from "./send-json.ts";
import { createSubmitRoute, type SubmitDeps } from "./submit.ts";

export interface RoutesDeps extends SubmitDeps, MessagesDeps {
  readonly config: BffConfig;
  readonly presence: Presence;
  readonly readiness: () => ReadinessReport;
  readonly takesSockets: () => boolean;
  readonly feeds: SubmitDeps["feeds"] & MessagesDeps["feeds"];
  /** Null where metrics are off, or stand on a port of their own. */
  readonly metrics: Metrics | null;
}

/** What stands below the base path. */
export function createChatRoutes(deps: RoutesDeps): ReadonlyMap<string, Route> {
  const { presence } = deps;
  const openApi = createOpenApiDocument(packageVersion());
  return new Map<string, Route>([
    [ROUTES.config, { name: "config", audience: "pages", methods: { GET: createChatConfigRoute(deps) } }],
    [ROUTES.submit, { name: "submit", audience: "pages", methods: { POST: createSubmitRoute(deps) } }],
    [ROUTES.messages, { name: "messages", audience: "pages", methods: { GET: createMessagesRoute(deps) } }],
    [
      ROUTES.status,
      {
        name: "status",
        audience: "pages",
        methods: {
          GET: async (_req, res) => {
            const status = await presence.current();
            res.setHeader("Cache-Control", "no-store");
            sendJson(res, 200, { status });
          },
        },
      },
    ],
    [
      ROUTES.openapi,
      {
        name: "openapi",
        audience: "anyone",
        methods: {
          GET: (_req, res) => {
            res.setHeader("Cache-Control", "public, max-age=3600");
            sendJson(res, 200, openApi);
          },
        },
      },
    ],
    ...createMachineRoutes(deps),
  ]);
}

/** What stands both below the base path and, standalone, at the root. */
export function createMachineRoutes({
  readiness,
  metrics,
}: Pick<RoutesDeps, "readiness" | "metrics">): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>([
    [
      ROUTES.health,
      {
        name: "healthz",
        audience: "machines",
        methods: {
          GET: (_req, res) => {
            res.setHeader("Cache-Control", "no-store");
            sendJson(res, 200, { status: "ok" });
          },
        },
      },
    ],
    [
      ROUTES.ready,
      {
        name: "readyz",
        audience: "machines",
        methods: {
          GET: (_req, res) => {
            const report = readiness();
            res.setHeader("Cache-Control", "no-store");
            sendJson(res, report.ready ? 200 : 503, report);
          },
        },
      },
    ],
  ]);
  if (metrics) {
    routes.set(ROUTES.metrics, {
      name: "metrics",
      audience: "machines",
      methods: {
        GET: async (_req, res) => {
          const text = await metrics.render();
          res.setHeader("Content-Type", metrics.contentType);
          res.setHeader("Cache-Control", "no-store");
          res.end(text);
        },
      },
    });
  }
  return routes;
}
