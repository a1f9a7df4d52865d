import { randomUUID } from "node:crypto";
import type { MailooClient, SessionRef } from "../mailoo/mailoo-client.ts";
import { MailooError } from "../mailoo/mailoo-error.ts";
import { type Explanation, explainFailure } from "./explain-failure.ts";
import type { Finding } from "./finding.ts";

/** A socket that has said nothing bad by then is taken for well. */
const SOCKET_PATIENCE_MS = 3_000;

/**
 * Asks the platform, for every origin, what the BFF will ask it: the status, and the history and the socket of a session
 * that does not exist. "Unknown session" is the proof that key, project, integration and origin were accepted. Nothing
 * of this is seen by the owner.
 */
export async function examinePlatform(
  mailoo: MailooClient,
  origins: readonly string[],
): Promise<readonly Finding[]> {
  const status = await examine("platform-status", "The status", () => mailoo.status());
  // Without a status, every other question would fail for the same reason.
  if (status.length > 0) return status;
  const findings: Finding[] = [];
  for (const origin of origins) {
    const session: SessionRef = { sessionPublicId: `check-${randomUUID()}`, origin };
    findings.push(
      ...(await examine("platform-history", `The history, asked for ${origin},`, () =>
        unknownIsFine(mailoo.list({ ...session, sinceMs: Date.now(), priority: "interactive" })),
      )),
      ...(await examineSocket(mailoo, session)),
    );
  }
  return findings;
}

/** Sends a message that the owner sees. */
export async function examineSend(mailoo: MailooClient, origin: string): Promise<readonly Finding[]> {
  return examine("platform-send", `A message, sent for ${origin},`, () =>
    mailoo.send({
      content: "This is a test message from `mailoo-chat-bff check --send`. Nobody waits for an answer.",
      sessionPublicId: null,
      origin,
      sender: { name: "mailoo-chat-bff check" },
    }),
  );
}

async function examine(id: string, what: string, ask: () => Promise<unknown>): Promise<readonly Finding[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    if (!(error instanceof MailooError)) throw error;
    const { message, fix } = explainFailure(error.failure);
    return [{ id, severity: "error", message: `${what} was not to be had. ${message}`, fix }];
  }
}

async function unknownIsFine(listing: Promise<unknown>): Promise<void> {
  try {
    await listing;
  } catch (error) {
    if (!(error instanceof MailooError && error.failure.kind === "session-unknown")) throw error;
  }
}

async function examineSocket(mailoo: MailooClient, session: SessionRef): Promise<readonly Finding[]> {
  const trouble = await dial(mailoo, session);
  if (!trouble) return [];
  return [
    {
      id: "platform-socket",
      // Chat works without it, only slower.
      severity: "warning",
      message: `The visitor socket, asked for ${session.origin}, was not to be had. ${trouble.message} Replies then arrive by polling, some seconds late.`,
      fix: trouble.fix,
    },
  ];
}

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
      else resolve(opened ? null : explainFailure({ kind: "unreachable" }));
    },
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function explainRefusedUpgrade(status: number): Explanation | null {
  if (status === 404 || status === 410) return null;
  if (status === 401 || status === 403) return explainFailure({ kind: "unauthorised", status });
  return {
    message: `The upgrade was answered ${status}.`,
    fix: "Check MAILOO_CHAT_WS_ORIGIN, and that proxies on the way to the platform let WebSocket upgrades through.",
  };
}
