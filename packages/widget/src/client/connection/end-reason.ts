import { CLOSE } from "@mailoo-chat/protocol";
import type { ChatErrorCode, EndReason } from "../chat-client.ts";

/**
 * Why a session has ended; undefined if it has not.
 *
 * @param code of a problem, or that of a closed socket.
 */
export function toEnd(code: ChatErrorCode | number): EndReason | undefined {
  switch (code) {
    case "session_token_required":
    case "session_token_invalid":
    case CLOSE.tokenRejected:
      return "token-rejected";
    case "session_not_found":
    case CLOSE.sessionNotFound:
      return "session-not-found";
    case "session_closed":
    case CLOSE.sessionClosed:
      return "session-closed";
    case "origin_not_allowed":
      return "origin-not-allowed";
    default:
      return undefined;
  }
}
