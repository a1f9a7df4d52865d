import type { ChatMessage } from "@mailoo-chat/protocol";
import type { PlatformCall } from "./calls.ts";
import type { ListQuery, NewIntegration, OutgoingMessage, PlatformStatus, SentMessage } from "./client.ts";
import { withFooter } from "./footer.ts";
import { notUnderstood, type Reading, understood } from "./parse/fields.ts";
import {
  parseIntegration,
  parseSendAnswer,
  parseStatus,
  parseWelcomeMessage,
} from "./parse/parse-answers.ts";
import { parseMessageList, type SessionFilter } from "./parse/parse-message.ts";
import type { SessionAliases } from "./parse/session-names.ts";
import type { SecretFilter } from "./secret-filter.ts";
import type { PlatformUrls } from "./urls.ts";

export interface ListedHistory {
  readonly messages: readonly ChatMessage[];
  /** The keys of each item that could not be parsed. */
  readonly skipped: readonly (readonly string[])[];
  /** The number of items that name another session. */
  readonly ofOtherSessions: number;
}

interface PlatformOperationsOptions {
  readonly urls: PlatformUrls;
  readonly secrets: SecretFilter;
  readonly aliases: SessionAliases;
  readonly historyMaxBytes: number;
}

/** The platform's API as data: what each operation sends, and how its answer is parsed. No effects. */
export function createPlatformOperations(options: PlatformOperationsOptions) {
  const { urls, secrets, aliases, historyMaxBytes } = options;
  const common = {
    sessionPublicId: null,
    lane: "",
    priority: "interactive",
    maxBytes: Math.min(historyMaxBytes, ANSWER_MAX_BYTES),
  } as const;

  return {
    send: (message: OutgoingMessage): PlatformCall<SentMessage> => ({
      ...common,
      operation: "send",
      method: "POST",
      path: urls.messages,
      body: JSON.stringify(toSendBody(message)),
      origin: message.origin,
      sessionPublicId: message.sessionPublicId,
      // All first messages share one lane, so that a flood of them does not delay open sessions.
      lane: message.sessionPublicId ?? "",
      refusalIs: "hint",
      parse: (answer) => readSent(answer, message.sessionPublicId, secrets),
    }),

    /** Null if no session can have this id. */
    list(query: ListQuery): PlatformCall<ListedHistory> | null {
      const { sessionPublicId, origin, sinceMs, beforeMs = null, priority, once = false } = query;
      const path = urls.history(sessionPublicId, { sinceMs, beforeMs });
      if (path === null) return null;
      return {
        operation: "list",
        method: "GET",
        path,
        origin,
        sessionPublicId,
        lane: sessionPublicId,
        priority,
        maxBytes: historyMaxBytes,
        once,
        refusalIs: "hint",
        parse: (answer) =>
          readHistory(answer, secrets, (whole, items) => aliases.ownItems(sessionPublicId, whole, items)),
      };
    },

    status: (origin: string | null): PlatformCall<PlatformStatus> => ({
      ...common,
      operation: "status",
      method: "GET",
      path: urls.status,
      origin,
      // It names no session and carries no text.
      refusalIs: "proof",
      parse(answer) {
        const status = parseStatus(answer);
        if (!status.ok) return status;
        const welcomeMessage = parseWelcomeMessage(answer);
        return understood({
          status: status.value,
          welcomeMessage: welcomeMessage === null ? null : secrets.text(welcomeMessage),
        });
      },
    }),

    createIntegration: (integration: NewIntegration): PlatformCall<{ readonly integrationId: string }> => ({
      ...common,
      operation: "create-integration",
      method: "POST",
      path: urls.integrations,
      body: JSON.stringify(toIntegrationBody(integration)),
      origin: null,
      refusalIs: "nothing",
      parse: (answer) => readIntegration(answer, secrets),
    }),
  };
}

/** For all answers but the history. */
const ANSWER_MAX_BYTES = 256 * 1024;

function toSendBody({ content, sessionPublicId, sender, context = [] }: OutgoingMessage) {
  return {
    content: withFooter(content, context),
    ...(sessionPublicId !== null && { sessionPublicId }),
    ...(sender?.name !== undefined && { senderName: sender.name }),
    ...(sender?.email !== undefined && { senderEmail: sender.email }),
  };
}

function toIntegrationBody({ name, welcomeMessage, allowedOrigins, domain }: NewIntegration) {
  return {
    name,
    config: {
      ...(welcomeMessage !== null && { welcomeMessage }),
      allowedOrigins,
      ...(domain !== null && { domain }),
    },
  };
}

function readSent(answer: unknown, continued: string | null, secrets: SecretFilter): Reading<SentMessage> {
  const read = parseSendAnswer(answer === undefined ? {} : answer);
  if (!read.ok) return read;
  const { messageId, createdAt } = read.value;
  // `sessionId` may be the platform's inner id, so a known public id takes precedence.
  const sessionPublicId = read.value.sessionPublicId ?? continued ?? read.value.sessionId;
  // An id that contains the API key must not reach a browser, so the session could not be continued.
  if (sessionPublicId === null || secrets.holdsSecret(sessionPublicId)) return notUnderstood(answer);
  return understood({
    sessionPublicId,
    messageId: messageId === null ? null : secrets.text(messageId),
    createdAt,
  });
}

function readHistory(answer: unknown, secrets: SecretFilter, isOurs: SessionFilter): Reading<ListedHistory> {
  const read = parseMessageList(answer, isOurs);
  if (!read.ok) return read;
  const { messages, skipped, ofOtherSessions } = read.value;
  return understood({ messages: messages.map(secrets.message), skipped, ofOtherSessions });
}

function readIntegration(
  answer: unknown,
  secrets: SecretFilter,
): Reading<{ readonly integrationId: string }> {
  const read = parseIntegration(answer);
  return read.ok && secrets.holdsSecret(read.value.integrationId) ? notUnderstood(answer) : read;
}
