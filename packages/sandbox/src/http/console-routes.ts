import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import type { OwnerTokens } from "../auth/owner-tokens.ts";
import type { Platform } from "../platform/create-platform.ts";
import type { Integration } from "../platform/models.ts";
import { ApiError, errorBody, notFound } from "./api-error.ts";
import { demandOwner } from "./dashboard-routes.ts";
import { isLoopback } from "./is-loopback.ts";
import { methodNotAllowed } from "./method-not-allowed.ts";
import { parseBody } from "./parse-input.ts";
import { parseServerUrl } from "./parse-server-url.ts";

export interface ConsoleDeps {
  readonly platform: Platform;
  readonly ownerTokens: OwnerTokens;
  /** Given to a browser on this machine, so that nobody has to log in. null if there is none. */
  readonly devToken: string | null;
  /** Where the built page is. */
  readonly directory: string;
  /** Whose widget the configurator previews; null until a page says it. */
  readonly chatServerUrl: string | null;
  readonly isOnline: (integration: Integration) => boolean;
}

/** The same place from `src/http` and from `dist/http`. */
export const CONSOLE_DIRECTORY = join(import.meta.dirname, "../../dist/console");

/**
 * The owner console at `/`, the configurator at `/configure/`, and under `/console` the few calls of theirs that the
 * platform's own dashboard API does not have. No call here answers another origin.
 */
export function createConsoleRoutes(deps: ConsoleDeps): Router {
  const { platform, ownerTokens, devToken, directory, isOnline } = deps;
  let { chatServerUrl } = deps;
  const router = Router({ caseSensitive: true });

  router
    .route("/console/bootstrap")
    .get((request, response) => {
      const ownerToken = comesFromThisMachine(request) ? devToken : null;
      response.set("Cache-Control", "no-store").json({ ownerToken });
    })
    .all(methodNotAllowed("GET"));

  router
    .route("/console/integrations")
    .get(
      answer(async (request) => {
        await demandOwner(request, ownerTokens);
        const integrations = platform.integrations.listIntegrations();
        const chats = integrations.filter(({ type }) => type === "JSBOX");
        return { integrations: chats.map(toJson) };
      }),
    )
    .all(methodNotAllowed("GET"));

  router
    .route("/console/integrations/:integrationId/presence")
    .put(
      express.json(),
      answer(async (request) => {
        await demandOwner(request, ownerTokens);
        const integration = demandIntegration(request);
        const { presence } = parseBody(request, presenceBody);
        platform.setPresence(integration.publicId, presence);
        return { presence };
      }),
    )
    .all(methodNotAllowed("PUT"));

  router
    .route("/console/integrations/:integrationId/sessions/:sessionPublicId/read")
    .put(
      answer(async (request) => {
        await demandOwner(request, ownerTokens);
        const integration = demandIntegration(request);
        const session = platform.findSession(String(request.params.sessionPublicId));
        if (session?.integrationId !== integration.publicId) throw notFound("session");
        platform.markRead(session);
        return { unreadCount: 0 };
      }),
    )
    .all(methodNotAllowed("PUT"));

  router
    .route("/console/chat-server")
    .get(
      answer(async (request) => {
        await demandOwner(request, ownerTokens);
        return { url: chatServerUrl };
      }),
    )
    .put(
      express.json(),
      answer(async (request) => {
        await demandOwner(request, ownerTokens);
        chatServerUrl = parseBody(request, chatServerBody).url;
        return { url: chatServerUrl };
      }),
    )
    .all(methodNotAllowed("GET", "PUT"));

  router.use(
    express.static(directory, {
      setHeaders(response: Response, path: string) {
        if (path.endsWith("preview.html")) response.set(previewHeaders(chatServerUrl));
        else if (path.endsWith(".html")) response.set(PAGE_HEADERS);
        else response.set("Cache-Control", "public, max-age=31536000, immutable");
      },
    }),
  );
  router.get("/", (_request, response, next) => {
    if (existsSync(join(directory, "index.html"))) return next();
    response.status(503).type("text").send("The console is not built yet: run `pnpm build`.\n");
  });
  return router;

  function toJson(integration: Integration) {
    const { publicId, projectUid, name, presence } = integration;
    return {
      id: publicId,
      projectUid,
      name,
      presence,
      online: isOnline(integration),
      unreadCount: platform.countUnread(publicId),
    };
  }

  function demandIntegration(request: Request): Integration {
    const integration = platform.integrations.findIntegration(String(request.params.integrationId));
    if (integration?.type !== "JSBOX") throw notFound("integration");
    return integration;
  }
}

/** A page may only run its own files, talk to its own origin and frame it. No code from strings. */
const PAGE_HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "Cache-Control": "no-cache",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};

/**
 * The page in the configurator's frame runs the script of the one chat server that the owner has named, which has the
 * page's origin then: an address from a link would open the console to a stranger.
 */
function previewHeaders(chatServerUrl: string | null): Readonly<Record<string, string>> {
  const server = chatServerUrl === null ? "" : ` ${new URL(chatServerUrl).origin}`;
  return {
    ...PAGE_HEADERS,
    "Content-Security-Policy": [
      "default-src 'none'",
      `script-src 'self'${server}`,
      "style-src 'self'",
      // The picture of the header may be anywhere.
      "img-src 'self' data: http: https:",
      `connect-src${server === "" ? " 'none'" : `${server}${server.replace("http", "ws")}`}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      "require-trusted-types-for 'script'",
      "trusted-types configure-preview",
    ].join("; "),
    // The policy changes while the file does not.
    "Cache-Control": "no-store",
  };
}

/**
 * Only a page on this machine gets the development token: the peer and the `Host` are loopback (another name that
 * resolves to 127.0.0.1 is not), and the request is not from another site.
 */
function comesFromThisMachine(request: Request): boolean {
  const host = URL.parse(`http://${request.get("host") ?? ""}`)?.hostname ?? "";
  const site = request.get("sec-fetch-site") ?? "none";
  return (
    isLoopback(request.socket.remoteAddress ?? "") &&
    isLoopback(host) &&
    (site === "same-origin" || site === "none")
  );
}

function answer(work: (request: Request) => Promise<unknown>): RequestHandler {
  return async (request, response) => {
    response.set("Cache-Control", "no-store");
    try {
      response.json(await work(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      response.status(error.status).set(error.headers).json(errorBody(error));
    }
  };
}

const chatServerBody = z.strictObject({
  url: z.string().transform((text, { issues }) => {
    const url = parseServerUrl(text);
    if (url !== null) return url;
    issues.push({ code: "custom", message: "must be an http or https address", input: text });
    return z.NEVER;
  }),
});

const presenceBody = z.strictObject({ presence: z.enum(["auto", "online", "away"]) });
