import { DEFAULT_BASE_PATH, SUBPROTOCOL } from "@mailoo-chat/protocol";
import { chatConfigSchema, problemSchema } from "@mailoo-chat/protocol/schemas";
import { WebSocket } from "ws";
import { error, type Finding, warning } from "./finding.ts";

const TIMEOUT_MS = 10_000;

/**
 * Sends the requests of a browser on an allowed page to the running server.
 *
 * @param url an origin stands for the default base path; with a path, it is the base itself
 */
export async function checkFromOutside(url: string | null, origin: string): Promise<readonly Finding[]> {
  if (url === null) return [];
  const { script, base } = toAddresses(url);
  try {
    return [
      ...(await checkScript(script)),
      ...(await checkReadiness(base)),
      ...(await checkConfigRoute(base, origin)),
    ];
  } catch (cause) {
    return [
      error(
        "outside-unreachable",
        `${url} cannot be reached (${toReason(cause)}).`,
        "Check the address, its DNS entry and certificate, and that the proxy in front passes requests to the server.",
      ),
    ];
  }
}

function toAddresses(url: string): { readonly script: string; readonly base: string } {
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, "");
  const base = `${origin}${path || DEFAULT_BASE_PATH}`;
  return { script: path === "" ? `${origin}/widget.js` : `${base}/widget.js`, base };
}

async function checkScript(url: string): Promise<readonly Finding[]> {
  const response = await fetchFromPage(url);
  const type = response.headers.get("content-type") ?? "none";
  if (response.ok && type.includes("javascript")) return [];
  return [
    error(
      "outside-script",
      `${url} is not the widget's script (status ${response.status}, content type ${type}): pages show no chat.`,
      "Check that the proxy passes this path to the server, and that the widget's files are installed.",
    ),
  ];
}

async function checkReadiness(base: string): Promise<readonly Finding[]> {
  const response = await fetchFromPage(`${base}/readyz`);
  if (response.ok) return [];
  return [
    error(
      "outside-ready",
      `${base}/readyz answers ${response.status}: the server is not ready for visitors, or another program answers.`,
      "Look at the server's log. If it has no line for this request, check where the proxy sends this path.",
    ),
  ];
}

/** Checks the widget's first route, and the socket URL in its answer. */
async function checkConfigRoute(base: string, origin: string): Promise<readonly Finding[]> {
  const url = `${base}/config`;
  const response = await fetchFromPage(url, origin);
  const body: unknown = await response.json().catch(() => null);
  const problem = problemSchema.safeParse(body);
  if (problem.success && problem.data.code === "origin_not_allowed") {
    return [
      error(
        "outside-origin",
        `The server at ${base} refuses the origin ${origin}: it runs with another MAILOO_CHAT_ALLOWED_ORIGINS than this one.`,
        "Restart the server with this configuration, or run check with the configuration of the server.",
      ),
    ];
  }
  const config = chatConfigSchema.safeParse(body);
  if (!response.ok || !config.success) {
    return [
      error(
        "outside-config",
        `${url} does not answer as the chat server does (status ${response.status}): the panel cannot connect.`,
        "Check that the proxy passes this path unchanged, and that no login page, bot check or cache answers instead.",
      ),
    ];
  }
  const allowed = response.headers.get("access-control-allow-origin");
  if (allowed !== origin) {
    return [
      error(
        "outside-cors",
        `${url} allows the origin ${allowed ?? "of no page"} instead of ${origin}: browsers refuse its answers.`,
        "Remove rules of the proxy that add, replace or cache CORS headers; the server sets them itself.",
      ),
    ];
  }
  const { ws } = config.data.realtime;
  const fault =
    ws === null ? "the server does not accept sockets" : await checkUpgrade(new URL(ws, url), origin);
  if (fault === null) return [];
  return [
    // Browsers then use long polls.
    warning(
      "outside-upgrade",
      `The WebSocket of ${base} cannot be opened (${fault}): the chat works by long polling, with more requests.`,
      "Let the proxy pass upgrades; for nginx: proxy_http_version 1.1, and the headers Upgrade and Connection. In your own Express application, call attach(server).",
    ),
  ];
}

/** @returns the problem; null: none */
function checkUpgrade(url: URL, origin: string): Promise<string | null> {
  url.protocol = url.protocol.replace(/^http/, "ws");
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = new WebSocket(url, SUBPROTOCOL, { origin, handshakeTimeout: TIMEOUT_MS });
  socket.on("open", () => resolve(null));
  socket.on("unexpected-response", (_request, response) => resolve(`status ${response.statusCode}`));
  socket.on("error", (cause) => resolve(toReason(cause)));
  return promise.finally(() => socket.terminate());
}

function fetchFromPage(url: string, origin?: string): Promise<Response> {
  return fetch(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(origin !== undefined && { headers: { origin } }),
  });
}

/** The code of the system or the TLS library, if there is one. */
function toReason(cause: unknown): string {
  for (let current = cause; current instanceof Error; current = current.cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
    if (current.name === "TimeoutError") return "no answer in time";
  }
  return cause instanceof Error ? cause.message : "unknown error";
}
