import type { SessionGrant } from "@mailoo-chat/protocol";
import type { ChatStorage } from "./chat-storage.ts";
import { toText } from "./parse-wire.ts";
import type { Platform } from "./platform.ts";

/** The session of this visitor on this site. Read from storage each time: another tab may hold a fresher token. */
export interface SessionVault {
  readonly token: string | null;
  readonly sessionPublicId: string | null;
  /** The secret by which first messages of several tabs find one session. Null before the first send. */
  readonly visitorKey: string | null;
  /** Id of the own message confirmed last. */
  readonly newestOwnId: string | null;
  grant(session: Omit<SessionGrant, "expiresAt">): void;
  renew(token: string): void;
  confirmed(messageId: string): void;
  /** Resolves when the visitor key is made, and the same in all tabs. */
  ensureVisitorKey(): Promise<void>;
}

/** Without locks two tabs may write a key at once: after this long both read the one that has stayed. */
const KEY_SETTLES_MS = 60;

export function createSessionVault(platform: Platform, storage: ChatStorage): SessionVault {
  const read = (field: string) => toText(storage.read("")?.[field]);

  function write(fields: Readonly<Record<string, string>>): void {
    storage.write("", {
      token: read("token"),
      sessionPublicId: read("sessionPublicId"),
      visitorKey: read("visitorKey"),
      newestOwnId: read("newestOwnId"),
      ...fields,
    });
  }

  return {
    get token() {
      return read("token");
    },
    get sessionPublicId() {
      return read("sessionPublicId");
    },
    get visitorKey() {
      return read("visitorKey");
    },
    get newestOwnId() {
      return read("newestOwnId");
    },
    grant: ({ token, sessionPublicId }) => write({ token, sessionPublicId }),
    renew(token) {
      // A late answer never brings back what the visitor has made us forget.
      if (read("token")) write({ token });
    },
    confirmed: (newestOwnId) => write({ newestOwnId }),
    async ensureVisitorKey() {
      if (read("visitorKey")) return;
      write({ visitorKey: platform.randomId() });
      if (!platform.locks) await new Promise<void>((resolve) => platform.setTimer(resolve, KEY_SETTLES_MS));
    },
  };
}
