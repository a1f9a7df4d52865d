import express, { type ErrorRequestHandler, type Express, type Router } from "express";
import { OWNER_PATH, VISITOR_PATH } from "../sockets/socket-paths.ts";
import { ApiError, errorBody } from "./api-error.ts";

export interface AppRoutes {
  /** `/api/v1/webhooks` */
  readonly webhooks: Router;
  /** `/api/v1/chat` */
  readonly dashboard: Router;
  /** `/__sandbox`; null keeps it shut. */
  readonly control: Router | null;
  /** `/`, last */
  readonly console: Router;
}

export function createApp({ webhooks, dashboard, control, console }: AppRoutes): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // A parameter given twice must not quietly become an array of objects: `simple` gives strings or arrays of them.
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.use((_request, response, next) => {
    response.set("X-Content-Type-Options", "nosniff");
    next();
  });

  app.all([OWNER_PATH, VISITOR_PATH], (_request, response) => {
    const error = new ApiError(426, "upgrade_required", "This is the address of a WebSocket");
    response.status(426).set("Upgrade", "websocket").json(errorBody(error));
  });
  app.use("/api/v1/webhooks", webhooks);
  app.use("/api/v1/chat", dashboard);
  if (control !== null) app.use("/__sandbox", control);
  app.use(console);

  app.use((_request, response) => {
    response.status(404).json(errorBody(new ApiError(404, "not_found", "There is nothing at this address")));
  });
  app.use(answerError);
  return app;
}

/** What Express and its body parser throw, in the API's shape; never a stack. */
const answerError: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (request.socket.destroyed) return;
  if (response.headersSent) return next(error);
  const refusal = toApiError(error);
  if (refusal.status >= 500) console.error(error);
  response.status(refusal.status).json(errorBody(refusal));
};

function toApiError(error: unknown): ApiError {
  const status = clientErrorStatus(error);
  if (status === 413) return new ApiError(413, "payload_too_large", "The body is too large");
  if (status === 415) return new ApiError(415, "unsupported_media_type", "This encoding is not supported");
  if (status !== null) return new ApiError(400, "invalid_request", "The request cannot be read");
  return new ApiError(500, "internal", "Internal error");
}

/** Express marks errors that are the client's fault with a 4xx `status`. */
function clientErrorStatus(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 500 ? status : null;
}
