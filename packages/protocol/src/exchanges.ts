import type { PresenceStatus } from "./chat-config.ts";
import type { ChatMessage } from "./chat-message.ts";

/** What is known of the visitor, from the form or `identify()`. */
export interface VisitorClaims {
  readonly name?: string;
  readonly email?: string;
  /** An identity token signed by the site. */
  readonly token?: string;
}

/** What the page tells of the visitor, such as `page` or `plan`. Only names that the BFF lists are passed on. */
export type ContextValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** Body of `POST {base}/submit`. */
export interface SubmitRequest {
  readonly content: string;
  /** Created before the first attempt and the same in all attempts. */
  readonly clientMessageId?: string;
  /** 1 on the first attempt, raised before each further one. @default 1 */
  readonly attempt?: number;
  /** Id of the newest confirmed own message: a search for a lost answer starts there. */
  readonly after?: string | null;
  /** The visitor's secret that joins concurrent first messages in one session. */
  readonly visitorKey?: string;
  readonly sessionPublicId?: string;
  readonly visitor?: VisitorClaims;
  /** For the owner, not shown to the visitor. What cannot be used is dropped; it never refuses a message. */
  readonly context?: ContextValues;
  readonly challengeSolution?: unknown;
}

export interface SessionGrant {
  readonly sessionPublicId: string;
  /** Opaque bearer token for this one session. */
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Answer of `POST {base}/submit`: 201 on first acceptance, 200 for a replay. */
export interface SubmitResponse {
  readonly message: ChatMessage;
  readonly session: SessionGrant;
}

/** Body of `POST {base}/session`. `Authorization` names the session that the browser has, if it has one. */
export interface SessionRequest {
  readonly visitor?: Pick<VisitorClaims, "token">;
  /** The visitor ends the conversation that the browser has: their next message opens another. @default false */
  readonly leave?: boolean;
}

/** Answer of `POST {base}/session`. */
export interface SessionResponse {
  /** The signed-in visitor's session. Null: their next message opens one. A session that the browser had is not theirs. */
  readonly session: SessionGrant | null;
  /** Tells signed-in visitors apart; opaque. Null: nobody is signed in. */
  readonly visitor: string | null;
}

/** Answer of `GET {base}/messages`, and the body of a `ready` frame. */
export interface MessagePage {
  readonly messages: readonly ChatMessage[];
  /** Opaque, begins with `c1.`; null if there is nothing to resume from. */
  readonly cursor: string | null;
  /** More is waiting: ask again from `cursor`. */
  readonly more: boolean;
  /** There are older messages before this page. */
  readonly truncated: boolean;
  /** A new session token, if the old one is past half its life. */
  readonly token?: string;
}

/** Answer of `GET {base}/status`. */
export interface StatusResponse {
  readonly status: PresenceStatus;
}
