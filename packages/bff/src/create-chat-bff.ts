import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import express, { type Application, type Request, type Response, Router } from "express";
import type { Logger } from "pino";
import proxyAddr from "proxy-addr";
import { toVerifiedVisitor, type VerifiedVisitor } from "./auth/visitor.ts";
import { createChatService } from "./chat-service.ts";
import { parseConfig } from "./config/parse-config.ts";
import type { Environment } from "./config/variables.ts";
import { createFetchHandler } from "./http/fetch-handler.ts";
import type { Telemetry } from "./lib/telemetry.ts";
import { createLog } from "./observability/log.ts";

export interface ChatBffOptions {
  /**
   * Where the configuration is read from: the variables of the README.
   *
   * @default process.env
   */
  readonly env?: Environment;
  /**
   * Whom your application knows the visitor to be, from its own session; null for a guest. The name and address go to
   * the owner's dashboard. A `visitor.token` in the request goes before it.
   *
   * @default nobody is known
   */
  readonly resolveVisitor?: (
    req: Request,
  ) => VerifiedVisitor | null | undefined | Promise<VerifiedVisitor | null | undefined>;
  /**
   * The path of the chat's routes, without a trailing slash. `attach` uses it to recognise upgrades; without it, an upgrade
   * is the chat's if its path ends in `/ws` and it asks for the subprotocol `mailoo-chat.v1`. `fetch` answers below it.
   *
   * @default `/api/v1/webhooks/chat` for `fetch`; found by the subprotocol for `attach`
   */
  readonly basePath?: string;
  /** A pino logger to write to. @default one of our own, with LOG_LEVEL, on standard output */
  readonly logger?: Logger;
  /**
   * Called on what happens inside, for metrics of your own: calls to the platform, ends of submits, limits that were
   * hit. Each hook may be left out.
   */
  readonly telemetry?: Partial<Telemetry>;
}

/** Middleware for Express 4, Express 5, or another framework on Express's request and response. */
export type ChatRouter = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The BFF inside an application of your own. */
export interface ChatBff {
  /** For `app.use("/api/v1/webhooks/chat", bff.router)`, before or after body parsers. */
  readonly router: ChatRouter;
  /**
   * Answers a Web `Request` below `basePath`, for route handlers of Next.js and others on Node. WebSockets need `attach`;
   * without them, browsers use long polls. A `Request` has no address, so limits count by `X-Forwarded-For`: set
   * `TRUST_PROXY`.
   */
  fetch(request: globalThis.Request): Promise<globalThis.Response>;
  /**
   * Takes the upgrades of a server that are ours, and leaves the others alone. Without it, browsers use long polls.
   *
   * @returns detaches again
   */
  attach(server: Server): () => void;
  /** A token that lets a browser continue a session: give it to nobody but that session's visitor. */
  issueSessionToken(sessionPublicId: string): Promise<string>;
  /** Tells browsers to come back, finishes open sends (at most 8 s), and ends. Idempotent. */
  close(): Promise<void>;
}

const SEND_GRACE_MS = 8_000;

/**
 * Builds a BFF to be mounted in an Express application.
 *
 * @throws ConfigError if the environment is wrong or incomplete
 * @throws TypeError if an option is wrong
 */
export function createChatBff(options: ChatBffOptions = {}): ChatBff {
  const { resolveVisitor, basePath } = options;
  if (basePath !== undefined && !/^(\/[^/?#]+)*$/.test(basePath)) {
    throw new TypeError(
      'basePath: must be empty or begin with a slash and not end with one, such as "/chat"',
    );
  }
  const { config, warnings } = parseConfig(options.env);
  const log = options.logger ?? createLog(config.logLevel);
  for (const { message } of warnings) log.warn(message);

  const service = createChatService(config, {
    log,
    hooks: options.telemetry,
    resolveVisitor: resolveVisitor
      ? async (req) => {
          const visitor = await resolveVisitor(req);
          return visitor ? toVerifiedVisitor(visitor) : null;
        }
      : null,
  });
  const detachers = new Set<() => void>();
  /** The application that the router is mounted in, known from its server or its first request. Its `trust proxy` counts. */
  let app: Application | undefined;
  const addressOf = (req: IncomingMessage) => proxyAddr(req, app?.get("trust proxy fn") ?? (() => false));

  const router = Router()
    .use((req, _res, next) => {
      app = req.app;
      next();
    })
    .use(service.router);
  const site = express();
  site.disable("x-powered-by").disable("etag").set("trust proxy", config.trustProxy);
  site.use(basePath ?? DEFAULT_BASE_PATH, service.router);

  return {
    // Express has made request and response its own by then.
    router: (req, res, next) => router(req as Request, res as Response, next),

    fetch: createFetchHandler(site),

    attach(server: Server<typeof IncomingMessage>) {
      app ??= (server.listeners("request") as unknown[]).find(isApplication);
      const onUpgrade = service.createUpgradeHandler(
        { basePath: basePath ?? null, exclusive: false },
        addressOf,
      );
      server.on("upgrade", onUpgrade);
      const detach = () => {
        server.off("upgrade", onUpgrade);
        detachers.delete(detach);
      };
      detachers.add(detach);
      return detach;
    },

    issueSessionToken: (sessionPublicId) => service.issueSessionToken(sessionPublicId),

    async close() {
      await service.drain(SEND_GRACE_MS);
      for (const detach of [...detachers]) detach();
      await service.close();
    },
  };
}

function isApplication(listener: unknown): listener is Application {
  return typeof listener === "function" && "get" in listener && "settings" in listener;
}
