import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { type Application, type Request, type Response, Router } from "express";
import type { Logger } from "pino";
import proxyAddr from "proxy-addr";
import type { ApplicationSessions } from "./auth/application-sessions.ts";
import { type ApplicationVisitor, toApplicationVisitor } from "./auth/visitor.ts";
import { createChatService } from "./chat-service.ts";
import { parseChat } from "./config/parse-chats.ts";
import type { Environment } from "./config/variables.ts";
import { createApplication } from "./http/app.ts";
import { createFetchHandler } from "./http/fetch-handler.ts";
import type { Telemetry } from "./lib/telemetry.ts";
import type { WebhookEventType } from "./lib/webhook-event.ts";
import { createLog } from "./observability/log.ts";

export interface ChatBffOptions {
  /**
   * The environment variables of the configuration.
   *
   * @default process.env
   */
  readonly env?: Environment;
  /**
   * Names the visitor, from your application's own session; null: a guest. The name and address are shown in the owner's
   * dashboard. A `visitor.token` in the request takes precedence.
   *
   * @default all visitors are guests
   */
  readonly resolveVisitor?: (
    req: Request,
  ) => ApplicationVisitor | null | undefined | Promise<ApplicationVisitor | null | undefined>;
  /**
   * Finds the conversation of a signed-in visitor in your own database: the `sessionPublicId` that `rememberSession` was
   * given last, or null. With both options, a visitor continues their conversation in every browser.
   *
   * @default kept on Redis or in memory, with `MAILOO_CHAT_VISITOR_SESSIONS=on`
   */
  readonly recallSession?: ApplicationSessions["recallSession"];
  /**
   * Records the conversation of a signed-in visitor; null: removes it, because it has ended. If two requests arrive at the
   * same time, store the first, and return the stored one.
   */
  readonly rememberSession?: ApplicationSessions["rememberSession"];
  /**
   * The path of the chat's routes, without a trailing slash. `attach` uses it to recognise upgrades; without it, an upgrade
   * is the chat's if its path ends in `/ws` and it asks for the subprotocol `mailoo-chat.v1`. `fetch` answers below it.
   *
   * Required if the application has several chats. With the variable `MAILOO_CHAT_CHATS`, it chooses one of them.
   *
   * @default `/api/v1/webhooks/chat` for `fetch`; found by the subprotocol for `attach`
   */
  readonly basePath?: string;
  /** A pino logger. @default a new one, with LOG_LEVEL, on standard output */
  readonly logger?: Logger;
  /**
   * Your receiver of signed webhooks. Takes precedence over the variables `MAILOO_CHAT_WEBHOOK_…`, and has their format.
   *
   * @default the variables
   */
  readonly webhook?: {
    readonly url: string;
    /** `whsec_…`. For rotation, give several: each makes one signature. */
    readonly secret: string | readonly string[];
    /** @default all */
    readonly events?: readonly WebhookEventType[];
  };
  /**
   * Hooks for your own metrics: calls to the platform, submits, limits that were reached. Each can be left out.
   */
  readonly telemetry?: Partial<Telemetry>;
}

/** Middleware for Express 4, Express 5, or another framework on Express's request and response. */
export type ChatRouter = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The BFF as a part of your application. */
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
   * Handles the WebSocket upgrades of a server that are for the chat, and ignores the others. Without it, browsers use long
   * polls.
   *
   * @returns detaches again
   * @throws TypeError if upgrades cannot be distinguished from those of another chat on this server
   */
  attach(server: Server): () => void;
  /** A token with which a browser continues a session: give it only to the visitor of that session. */
  issueSessionToken(sessionPublicId: string): Promise<string>;
  /** Tells browsers to reconnect, finishes open sends (at most 8 s), and ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Builds a BFF to be mounted in an Express application.
 *
 * @throws ConfigError if the environment is wrong or incomplete
 * @throws TypeError if an option is wrong
 */
export function createChatBff(options: ChatBffOptions = {}): ChatBff {
  const { resolveVisitor, recallSession, rememberSession, basePath } = options;
  if (basePath !== undefined && !/^(\/[^/?#]+)*$/.test(basePath)) {
    throw new TypeError(
      'basePath: must be empty or begin with a slash and not end with one, such as "/chat"',
    );
  }
  const { chat, warnings } = parseChat(options.env ?? process.env, basePath, {
    resolvesVisitors: resolveVisitor !== undefined,
    overrides: options.webhook ? toWebhookVariables(options.webhook) : {},
  });
  const { name, config } = chat;
  if (!recallSession !== !rememberSession) {
    throw new TypeError("recallSession, rememberSession: give both, or neither");
  }
  if (recallSession && !resolveVisitor && !config.identity.secret && !config.identity.jwksUrl) {
    throw new TypeError(
      "recallSession: needs resolveVisitor or MAILOO_CHAT_IDENTITY_SECRET, to know who the visitor is",
    );
  }
  const log = options.logger ?? createLog(config.logLevel);
  for (const { message } of warnings) log.warn(message);

  /** Until the first warning. */
  let needsIds = config.visitorSessions || recallSession !== undefined;
  const service = createChatService(config, {
    log,
    name,
    hooks: options.telemetry,
    resolveVisitor: resolveVisitor
      ? async (req) => {
          const visitor = await resolveVisitor(req);
          if (!visitor) return null;
          const verified = toApplicationVisitor(visitor);
          if (!verified.subject && needsIds) {
            needsIds = false;
            log.warn(
              "resolveVisitor returned a visitor whose id is not a string or an integer: their conversation stays in one browser",
            );
          }
          return verified;
        }
      : null,
    applicationSessions: recallSession && rememberSession ? { recallSession, rememberSession } : null,
  });
  const detachers = new Set<() => void>();
  /** The application in which the router is mounted, from its server or its first request. Its `trust proxy` is used. */
  let app: Application | undefined;
  const addressOf = (req: IncomingMessage) => proxyAddr(req, app?.get("trust proxy fn") ?? (() => false));

  const router = Router()
    .use((req, _res, next) => {
      app = req.app;
      next();
    })
    .use(service.router);
  const site = createApplication(config.trustProxy).use(basePath ?? DEFAULT_BASE_PATH, service.router);

  return {
    // Express has extended both by then.
    router: (req, res, next) => router(req as Request, res as Response, next),

    fetch: createFetchHandler(site),

    attach(server: Server<typeof IncomingMessage>) {
      const leave = claimUpgrades(server, basePath);
      app ??= (server.listeners("request") as unknown[]).find(isApplication);
      const onUpgrade = service.createUpgradeHandler(
        { basePath: basePath ?? null, exclusive: false },
        addressOf,
      );
      server.on("upgrade", onUpgrade);
      const detach = () => {
        server.off("upgrade", onUpgrade);
        leave();
        detachers.delete(detach);
      };
      detachers.add(detach);
      return detach;
    },

    issueSessionToken: (sessionPublicId) => service.issueSessionToken(sessionPublicId),

    async close() {
      await service.drain();
      for (const detach of [...detachers]) detach();
      await service.close();
    },
  };
}

/** The base paths of the chats that are attached to a server; null: not known. */
const attachedTo = new WeakMap<Server, Set<string | null>>();

/** Two chats must not handle the same upgrade. @returns releases the paths */
function claimUpgrades(server: Server, basePath: string | null = null): () => void {
  const paths = attachedTo.get(server) ?? new Set();
  if (paths.size > 0 && (basePath === null || paths.has(null) || paths.has(basePath))) {
    throw new TypeError(
      "attach: another chat is attached to this server already; give each chat its own `basePath`",
    );
  }
  attachedTo.set(server, paths.add(basePath));
  return () => void paths.delete(basePath);
}

/** The option as variables, so that both are parsed in the same way. */
function toWebhookVariables({ url, secret, events }: NonNullable<ChatBffOptions["webhook"]>): Environment {
  return {
    MAILOO_CHAT_WEBHOOK_URL: url,
    MAILOO_CHAT_WEBHOOK_URL_FILE: undefined,
    MAILOO_CHAT_WEBHOOK_SECRET: [secret].flat().join(","),
    MAILOO_CHAT_WEBHOOK_SECRET_FILE: undefined,
    MAILOO_CHAT_WEBHOOK_EVENTS: events?.join(","),
  };
}

function isApplication(listener: unknown): listener is Application {
  return typeof listener === "function" && "get" in listener && "settings" in listener;
}
