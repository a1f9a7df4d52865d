import { randomUUID } from "node:crypto";
import type { BffConfig } from "../config/to-config.ts";
import { createLog } from "../observability/log.ts";
import { type MailooClient, type SessionRef, toClientOptions } from "../platform/client.ts";
import { createMailooClient } from "../platform/create-client.ts";
import { MailooError } from "../platform/errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { error, type Finding, isOk, warning } from "./finding.ts";

/** @param send also sends a message that the owner sees, if nothing else is wrong */
export async function checkPlatform(
  config: BffConfig,
  origins: readonly string[],
  send: boolean,
): Promise<readonly Finding[]> {
  const { platform, upstream, allowedOrigins } = config;
  const [firstOrigin = ""] = origins;
  const mailoo = createMailooClient({
    ...toClientOptions(config),
    fallbackOrigin: firstOrigin,
    logger: createLog("silent"),
  });
  try {
    const onlyWildcards = allowedOrigins.every(({ kind }) => kind === "one-label");
    const findings = await checkOrigins(mailoo, origins, { onlyWildcards, sockets: upstream !== "poll" });
    if (platform.apiProxy !== null && !isOk(findings)) return findings.map(addProxyHint(platform.apiProxy));
    return send && isOk(findings) ? await checkSend(mailoo, firstOrigin) : findings;
  } finally {
    await mailoo.close();
  }
}

/** Mentions the proxy, which may be the cause. */
function addProxyHint(proxy: string): (finding: Finding) => Finding {
  const { host } = new URL(proxy);
  return (finding) => ({
    ...finding,
    fix: `${finding.fix} Requests go through the proxy ${host} (HTTPS_PROXY, NO_PROXY), which must allow connections from this machine to the platform.`,
  });
}

interface OriginProblem {
  readonly origin: string;
  readonly id: "platform-origin" | "platform-history" | "platform-socket";
  readonly message: string;
  readonly fix: string;
}

/**
 * Sends the BFF's own requests to the platform: the status and, for every origin, the history and the socket of a session
 * that does not exist. "Unknown session" proves that key, project, integration and origin were accepted. Nothing is visible
 * to the owner.
 */
async function checkOrigins(
  mailoo: MailooClient,
  origins: readonly string[],
  { onlyWildcards, sockets }: { readonly onlyWildcards: boolean; readonly sockets: boolean },
): Promise<readonly Finding[]> {
  const statusError = await failureOf(mailoo.status());
  // Unless it concerns only the first origin, all other requests would fail for the same reason.
  if (statusError && !isOriginRefused(statusError)) {
    const { id, message, fix } = explainFailure(statusError);
    return [
      error(id, `${message} Until this is fixed, no message reaches you, and readyz answers 503.`, fix),
    ];
  }
  if (statusError && onlyWildcards) return [toFallbackFinding(origins[0] ?? "")];
  const problems: OriginProblem[] = [];
  for (const origin of origins) {
    const problem = await checkOrigin(mailoo, origin, sockets);
    if (problem) problems.push(problem);
  }
  // One finding for all origins with the same problem.
  const groups = Map.groupBy(problems, ({ id, message }) => `${id} ${message}`);
  return Array.from(groups.values(), toOriginFinding);
}

async function checkOrigin(
  mailoo: MailooClient,
  origin: string,
  sockets: boolean,
): Promise<OriginProblem | null> {
  const session: SessionRef = { sessionPublicId: `check-${randomUUID()}`, origin };
  const failure = await failureOf(mailoo.list({ ...session, sinceMs: Date.now(), priority: "interactive" }));
  if (failure && failure.failure.kind !== "session-unknown") {
    const { message, fix } = explainFailure(failure);
    return { origin, id: isOriginRefused(failure) ? "platform-origin" : "platform-history", message, fix };
  }
  const fault = sockets ? await checkVisitorSocket(mailoo, session) : null;
  return fault === null ? null : { origin, id: "platform-socket", message: fault, fix: SOCKET_FIX };
}

const SOCKET_FIX =
  "Check MAILOO_CHAT_WS_ORIGIN (default: MAILOO_CHAT_INTEGRATION_API), and that every proxy between this machine and the platform passes WebSocket upgrades.";

/** A socket that has not failed by then counts as working. */
const SOCKET_TIMEOUT_MS = 3_000;

/** @returns the problem; null: none */
function checkVisitorSocket(mailoo: MailooClient, session: SessionRef): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), SOCKET_TIMEOUT_MS);
  let opened = false;
  const socket = mailoo.openVisitorSocket(session, {
    onOpen() {
      opened = true;
    },
    onMessage() {},
    onChangeHint() {},
    onClose({ kind, code }) {
      if (kind === "lost") resolve(opened ? null : "The connection failed.");
      else resolve(code === 404 || code === 410 ? null : `The upgrade was answered ${code}.`);
    },
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

/** For an example origin of a wildcard. The server is ready anyway, because other origins may be accepted. */
function toFallbackFinding(origin: string): Finding {
  return warning(
    "platform-fallback-origin",
    `The platform refuses status requests from ${origin}, the origin that the BFF uses until a visitor comes from another origin: readyz says degraded, and the chat does not know whether you are online. As MAILOO_CHAT_ALLOWED_ORIGINS lists only wildcards, whether your pages' origins are accepted could not be checked.`,
    "Put an origin without a wildcard first in MAILOO_CHAT_ALLOWED_ORIGINS, one that the integration allows.",
  );
}

function toOriginFinding(problems: readonly OriginProblem[]): Finding {
  const [first] = problems;
  if (!first) throw new TypeError("a group has at least one problem");
  const { id, message, fix } = first;
  const origins = problems.map(({ origin }) => origin).join(", ");
  switch (id) {
    case "platform-origin":
      return error(
        id,
        `The platform accepts the API key, but not these origins: ${origins}. Visitors of their pages can neither write nor read.`,
        `Add ${origins} to the integration's allowed origins in the dashboard, spelt exactly like this, or remove them from MAILOO_CHAT_ALLOWED_ORIGINS.`,
      );
    case "platform-history":
      return error(
        id,
        `The message history cannot be read for ${origins}. ${message} Visitors of their pages would see no answers.`,
        fix,
      );
    case "platform-socket":
      // The chat works without it, only more slowly.
      return warning(
        id,
        `The platform's socket cannot be opened for ${origins}. ${message} Answers then arrive by polling, a few seconds late.`,
        fix,
      );
  }
}

/** Sends a message that the owner sees. */
async function checkSend(mailoo: MailooClient, origin: string): Promise<readonly Finding[]> {
  const failure = await failureOf(
    mailoo.send({
      content: "This is a test message from `mailoo-chat-bff check --send`. No answer is needed.",
      sessionPublicId: null,
      origin,
      sender: { name: "mailoo-chat-bff check" },
    }),
  );
  if (!failure) return [];
  const { message, fix } = explainFailure(failure);
  return [
    error(
      "platform-send",
      `A test message for ${origin} was not accepted. ${message} Visitors' messages do not reach you.`,
      fix,
    ),
  ];
}

async function failureOf(call: Promise<unknown>): Promise<MailooError | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof MailooError) return error;
    throw error;
  }
}

function isOriginRefused(error: MailooError): boolean {
  const { failure } = error;
  return (
    failure.kind === "unauthorised" &&
    failure.status === 403 &&
    explainFailure(error).id === "platform-status"
  );
}
