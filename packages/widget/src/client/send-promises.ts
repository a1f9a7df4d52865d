import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ChatErrorCode } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";

/** The promises of `send()`, by `clientMessageId`. Each is settled once; unknown ids are ignored. */
export interface SendPromises {
  create(id: string): Promise<ChatMessage>;
  resolve(id: string, message: ChatMessage): void;
  reject(id: string, code: ChatErrorCode): void;
  /** Rejects all but those to be kept. */
  rejectAll(code: ChatErrorCode, isKept?: (id: string) => unknown): void;
}

export function createSendPromises(): SendPromises {
  const pending = new Map<string, Pending>();

  function reject(id: string, code: ChatErrorCode): void {
    pending.get(id)?.reject(new ChatError(code));
    pending.delete(id);
  }

  return {
    create: (id) => new Promise((resolve, reject) => pending.set(id, { resolve, reject })),
    resolve(id, message) {
      pending.get(id)?.resolve(message);
      pending.delete(id);
    },
    reject,
    rejectAll(code, isKept) {
      for (const id of pending.keys()) if (!isKept?.(id)) reject(id, code);
    },
  };
}

interface Pending {
  resolve(message: ChatMessage): void;
  reject(error: ChatError): void;
}
