import type { ChatMessage, MessageFrame } from "@mailoo-chat/protocol";

/**
 * Serialises message frames. A feed delivers the same message to its subscribers one after the other, mostly with the same
 * cursor: the last frame is kept, so that ten tabs cost one serialisation.
 */
export function createMessageFramer(): (message: ChatMessage, cursor: string) => Buffer {
  let last: { readonly message: ChatMessage; readonly cursor: string; readonly bytes: Buffer } | null = null;
  return (message, cursor) => {
    if (last?.message === message && last.cursor === cursor) return last.bytes;
    const frame: MessageFrame = { type: "message", message, cursor };
    last = { message, cursor, bytes: Buffer.from(JSON.stringify(frame)) };
    return last.bytes;
  };
}
