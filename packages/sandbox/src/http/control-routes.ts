import { json, type RequestHandler, Router } from "express";
import { z } from "zod";
import { type FaultBoard, FaultPatchError } from "../faults/fault-board.ts";
import type { Platform } from "../platform/create-platform.ts";
import { type MessageBatch, toNewMessages } from "../platform/message-batch.ts";
import type { Sockets } from "../sockets/create-sockets.ts";
import { ApiError, errorBody, notFound } from "./api-error.ts";
import { methodNotAllowed } from "./method-not-allowed.ts";
import { toMessageJson } from "./owner-json.ts";
import { parseBody, parseQuery, timestamp } from "./parse-input.ts";
import type { RequestStats } from "./request-stats.ts";

export interface ControlDeps {
  readonly platform: Platform;
  readonly faults: FaultBoard;
  readonly sockets: Sockets;
  readonly stats: RequestStats;
}

/** The switchboard under `/__sandbox`, for tests. Mounted with `--faults` only. */
export function createControlRoutes({ platform, faults, sockets, stats }: ControlDeps): Router {
  const router = Router({ caseSensitive: true });
  const parseJson = json({ limit: "100kb" });

  router
    .route("/faults")
    .get(answer(() => faults.settings))
    .put(
      parseJson,
      answer((request) => setFaults(faults, parseBody(request, z.unknown()))),
    )
    .delete(answer(() => faults.reset()))
    .all(methodNotAllowed("GET", "PUT", "DELETE"));

  router
    .route("/messages")
    .get(
      answer((request) => {
        const { sessionPublicId } = parseQuery(request, truthQuery);
        if (platform.findSession(sessionPublicId) === null) throw notFound("session");
        return { messages: platform.allMessages(sessionPublicId).map(toMessageJson) };
      }),
    )
    .post(
      parseJson,
      answer((request) => {
        const { announce, ...batch } = parseBody(request, batchBody);
        const session = platform.findSession(batch.sessionPublicId);
        if (session === null) throw notFound("session");
        const drafts = toNewMessages(batch satisfies MessageBatch, session, platform.nowMs());
        return { messages: platform.addMessages(drafts, { announce }).map(toMessageJson) };
      }),
    )
    .all(methodNotAllowed("GET", "POST"));

  router
    .route("/stats")
    .get(
      answer(() => ({
        requests: stats.snapshot(),
        sockets: sockets.open,
        messages: platform.countMessages(),
      })),
    )
    .delete(
      answer(() => {
        stats.reset();
        return {};
      }),
    )
    .all(methodNotAllowed("GET", "DELETE"));

  router
    .route("/sockets/drop")
    .post(
      answer((request) => {
        const { which } = parseQuery(request, dropQuery);
        const before = sockets.open;
        sockets.drop(which);
        return { dropped: which === "all" ? before.visitor + before.owner : before[which] };
      }),
    )
    .all(methodNotAllowed("POST"));

  return router;
}

function setFaults(faults: FaultBoard, patch: unknown): unknown {
  try {
    return faults.set(patch);
  } catch (error) {
    if (error instanceof FaultPatchError) throw new ApiError(400, "invalid_faults", error.message);
    throw error;
  }
}

/** Faults do not apply to control routes: they must stay reachable to turn faults off. */
function answer(work: (request: Parameters<RequestHandler>[0]) => unknown): RequestHandler {
  return (request, response) => {
    response.set("Cache-Control", "no-store");
    try {
      response.json(work(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      response.status(error.status).json(errorBody(error));
    }
  };
}

const truthQuery = z.object({ sessionPublicId: z.string() });

const batchBody = z.strictObject({
  sessionPublicId: z.string(),
  count: z.int().min(1).max(20_000),
  sender: z.enum(["visitor", "owner"]).default("owner"),
  content: z.string().max(10_000).default("Message {n}"),
  firstAtMs: z.union([z.number(), timestamp]).nullable().default(null),
  stepMs: z.number().min(0).default(1),
  announce: z.boolean().default(true),
});

const dropQuery = z.object({ which: z.enum(["visitor", "owner", "all"]).default("visitor") });
