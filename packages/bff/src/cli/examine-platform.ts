import { randomUUID } from "node:crypto";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import { MailooError } from "../platform/errors.ts";
import { type Explanation, explainFailure } from "./explain-failure.ts";
import type { Finding } from "./finding.ts";

export interface PlatformExamination {
  readonly origins: readonly string[];
  /** Whether `origins` is one that no site may have: only wildcards are listed. */
  readonly onlyWildcards: boolean;
  /** False where only polls are wanted. */
  readonly sockets: boolean;
}

/**
 * Asks the platform, for every origin, what the BFF will ask it: the status, and the history and the socket of a session
 * that does not exist. "Unknown session" is the proof that key, project, integration and origin were accepted. Nothing
 * of this is seen by the owner.
 */
export async function examinePlatform(
  mailoo: MailooClient,
  { origins, onlyWildcards, sockets }: PlatformExamination,
): Promise<readonly Finding[]> {
  const status = await troubleOf(mailoo.status());
  // Unless it is about the first origin alone, every other question would fail for the same reason.
  if (status && !isOriginRefused(status)) return [toStatusFinding(status)];
  const troubles: OriginTrouble[] = [];
  for (const origin of origins) {
    const trouble = await examineOrigin(mailoo, origin, sockets);
    if (trouble) troubles.push(trouble);
  }
  const refused = troubles.some(({ id }) => id === "platform-origin");
  const [fallback = ""] = origins;
  if (status && (onlyWildcards || !refused)) return [toFallbackFinding(fallback, onlyWildcards)];
  return toFindings(troubles);
}

/** Sends a message that the owner sees. */
export async function examineSend(mailoo: MailooClient, origin: string): Promise<readonly Finding[]> {
  const trouble = await troubleOf(
    mailoo.send({
      content: "This is a test message from `mailoo-chat-bff check --send`. Nobody waits for an answer.",
      sessionPublicId: null,
      origin,
      sender: { name: "mailoo-chat-bff check" },
    }),
  );
  if (!trouble) return [];
  const { message, fix } = explainFailure(trouble.failure, trouble.cause);
  const text = `A test message, sent for ${origin}, did not go through. ${message} What visitors write does not reach you.`;
  return [{ id: "platform-send", severity: "error", message: text, fix }];
}

interface OriginTrouble {
  readonly origin: string;
  readonly id: "platform-origin" | "platform-history" | "platform-socket";
  readonly explanation: Explanation;
}

async function examineOrigin(
  mailoo: MailooClient,
  origin: string,
  sockets: boolean,
): Promise<OriginTrouble | null> {
  const session: SessionRef = { sessionPublicId: `check-${randomUUID()}`, origin };
  const listing = mailoo.list({ ...session, sinceMs: Date.now(), priority: "interactive" });
  const trouble = await troubleOf(listing);
  if (trouble && trouble.failure.kind !== "session-unknown") {
    const id = isOriginRefused(trouble) ? "platform-origin" : "platform-history";
    return { origin, id, explanation: explainFailure(trouble.failure, trouble.cause) };
  }
  const explanation = sockets ? await dial(mailoo, session) : null;
  return explanation && { origin, id: "platform-socket", explanation };
}

/** The same trouble of several origins is one finding. */
function toFindings(troubles: readonly OriginTrouble[]): readonly Finding[] {
  const alike = Map.groupBy(troubles, ({ id, explanation }) => `${id} ${explanation.message}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first ? [toFinding(first, group.map(({ origin }) => origin).join(", "))] : [];
  });
}

function toFinding({ id, explanation }: OriginTrouble, origins: string): Finding {
  const { message, fix } = explanation;
  switch (id) {
    case "platform-origin":
      return {
        id,
        severity: "error",
        message: `The platform accepts the API key, but not these origins: ${origins}. Visitors of their pages can neither write nor read.`,
        fix: `Add ${origins} to the integration's allowed origins in the dashboard, spelt exactly so, or take them out of MAILOO_CHAT_ALLOWED_ORIGINS.`,
      };
    case "platform-history":
      return {
        id,
        severity: "error",
        message: `The history was not to be had for ${origins}. ${message} Visitors of their pages would see no answers.`,
        fix,
      };
    case "platform-socket":
      // Chat works without it, only slower.
      return {
        id,
        severity: "warning",
        message: `The platform's socket was not to be had for ${origins}. ${message} Answers then arrive by polling, some seconds late.`,
        fix,
      };
  }
}

function toStatusFinding(trouble: MailooError): Finding {
  const { message, fix } = explainFailure(trouble.failure, trouble.cause);
  return {
    id: "platform-status",
    severity: "error",
    message: `${message} Until that is mended, nothing that visitors write reaches you, and readyz answers 503.`,
    fix,
  };
}

/** The server is ready all the same: a page at another origin may be accepted. */
function toFallbackFinding(origin: string, onlyWildcards: boolean): Finding {
  return {
    id: "platform-fallback-origin",
    severity: "warning",
    message: `The platform does not tell its status to ${origin}, which the BFF names as long as no visitor has come from another origin: readyz says degraded and the chat does not know whether you are online.${onlyWildcards ? " As MAILOO_CHAT_ALLOWED_ORIGINS lists only wildcards, it could not be checked whether your pages' origins are accepted." : ""}`,
    fix: "Put an origin first in MAILOO_CHAT_ALLOWED_ORIGINS that the integration allows, without a wildcard.",
  };
}

async function troubleOf(asked: Promise<unknown>): Promise<MailooError | null> {
  try {
    await asked;
    return null;
  } catch (error) {
    if (error instanceof MailooError) return error;
    throw error;
  }
}

function isOriginRefused({ failure }: MailooError): boolean {
  return failure.kind === "unauthorised" && failure.status === 403;
}

/** A socket that has said nothing bad by then is taken for well. */
const SOCKET_PATIENCE_MS = 3_000;

function dial(mailoo: MailooClient, session: SessionRef): Promise<Explanation | null> {
  const { promise, resolve } = Promise.withResolvers<Explanation | null>();
  const timer = setTimeout(() => resolve(null), SOCKET_PATIENCE_MS);
  let opened = false;
  const socket = mailoo.openVisitorSocket(session, {
    onOpen() {
      opened = true;
    },
    onMessage() {},
    onDoorbell() {},
    onClose({ kind, code }) {
      if (kind === "refused") resolve(explainRefusedUpgrade(code));
      else resolve(opened ? null : { message: "No connection came about.", fix: SOCKET_FIX });
    },
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function explainRefusedUpgrade(status: number): Explanation | null {
  if (status === 404 || status === 410) return null;
  return { message: `The upgrade was answered ${status}.`, fix: SOCKET_FIX };
}

const SOCKET_FIX =
  "Check MAILOO_CHAT_WS_ORIGIN (left out, it is MAILOO_CHAT_INTEGRATION_API), and that whatever stands between here and the platform lets WebSocket upgrades through.";
