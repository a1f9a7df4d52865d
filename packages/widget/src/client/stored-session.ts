import type { ContextValues, VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatStorage } from "./storage.ts";

/** What a visitor's conversation on this site goes on with. Each field is missing until it is known. */
export interface StoredSession {
  readonly token?: string;
  readonly sessionPublicId?: string;
  /** The secret by which first messages of several tabs find one session: made at the first send. */
  readonly visitorKey?: string;
  /** Id of the newest own message that is confirmed. */
  readonly newestOwnId?: string;
  /** The BFF's opaque name for the signed-in visitor whose conversation this is. */
  readonly owner?: string;
  /** Name and address as the visitor or the page has said them: sent with every message. No token. */
  readonly visitor?: Pick<VisitorClaims, "name" | "email">;
  /** What confirmed texts have told the owner. */
  readonly context?: ContextValues;
}

/** Read anew each time: another tab may have a fresher token. */
export function readSession(storage: ChatStorage): StoredSession {
  return storage.get("");
}

export function writeSession(storage: ChatStorage, fields: StoredSession): void {
  storage.set("", { ...readSession(storage), ...fields });
}
