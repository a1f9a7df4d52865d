import { hash } from "node:crypto";
import type { ChatMessage } from "@mailoo-chat/protocol";
import { LRUCache } from "lru-cache";
import { type Clock, systemClock } from "../lib/clock.ts";
import type {
  OwnerMessageCreated,
  VisitorMessageCreated,
  WebhookEvent,
  WebhookEventType,
  WebhookSender,
  WebhookSession,
} from "../lib/webhook-event.ts";
import type { AcceptedSend } from "../sends/service.ts";
import type { WebhookDelivery } from "./deliver-webhooks.ts";

interface WebhooksOptions {
  readonly delivery: WebhookDelivery;
  readonly events: ReadonlySet<WebhookEventType>;
  readonly projectUid: string;
  readonly integrationId: string;
  readonly clock?: Clock;
}

/** A new feed also delivers older messages, which are not reported. */
const OWNER_MESSAGE_MAX_AGE_MS = 10 * 60_000;
/** The oldest are evicted, and may then be reported twice. */
const OWNER_MESSAGES_REMEMBERED = 10_000;

/** Reports the chat's events to the owner's own systems. */
export function createWebhooks(options: WebhooksOptions) {
  const { delivery, events, projectUid, integrationId, clock = systemClock } = options;
  const reported = new LRUCache<string, true>({ max: OWNER_MESSAGES_REMEMBERED });

  /** The same on every replica, so that receivers recognise duplicates. Standard Webhooks allows no `.` in it. */
  function idOf(type: WebhookEventType, ...ids: readonly string[]): string {
    const name = JSON.stringify([type, projectUid, integrationId, ...ids]);
    return `msg_${hash("sha256", name, "base64url").slice(0, 27)}`;
  }

  function report(id: string, event: WebhookEvent): void {
    if (events.has(event.type)) delivery.enqueue(id, JSON.stringify(event));
  }

  return {
    /** A visitor's message is on the platform. */
    messageSent({ send, sessionPublicId, message, opened }: AcceptedSend): void {
      const { id, content, createdAt } = message;
      const visitor = send.sender && { ...send.sender, verified: send.senderVerified === true };
      const about: WebhookSession & WebhookSender = {
        integrationId,
        sessionPublicId,
        origin: send.origin,
        visitor,
      };
      if (opened) {
        report(idOf("session.started", sessionPublicId), {
          type: "session.started",
          timestamp: createdAt,
          data: about,
        });
      }
      const data: VisitorMessageCreated = {
        ...about,
        message: { id, author: "visitor", content, createdAt },
      };
      report(idOf("message.created", sessionPublicId, id), {
        type: "message.created",
        timestamp: createdAt,
        data,
      });
    },

    /** A feed has delivered a message. Only the owner's are reported, once each. */
    messageDelivered(sessionPublicId: string, message: ChatMessage): void {
      const { id, author, authorName, content, createdAt } = message;
      if (author !== "owner" || clock.epochMs() - Date.parse(createdAt) > OWNER_MESSAGE_MAX_AGE_MS) return;
      const webhookId = idOf("message.created", sessionPublicId, id);
      if (reported.has(webhookId)) return;
      reported.set(webhookId, true);
      const data: OwnerMessageCreated = {
        integrationId,
        sessionPublicId,
        message: { id, author, ...(authorName !== undefined && { authorName }), content, createdAt },
      };
      report(webhookId, { type: "message.created", timestamp: createdAt, data });
    },

    get waiting(): number {
      return delivery.waiting;
    },
    drain: delivery.drain,
    close: delivery.close,
  };
}
