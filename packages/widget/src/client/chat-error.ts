import type { ChatErrorCode } from "./chat-client.ts";

/** Why a text was not sent. Branch on `code`, never on the message. */
export class ChatError extends Error {
  declare readonly code: ChatErrorCode;

  constructor(code: ChatErrorCode) {
    super(code);
    this.code = code;
  }
}
