import type { VisitorField } from "./visitor-fields.ts";

/** Whether somebody can answer. `unknown` if the platform does not say. */
export type PresenceStatus = "online" | "away" | "unknown";

export interface PreChatField {
  readonly name: VisitorField;
  readonly required: boolean;
}

/** A proof-of-work task, solved before the first message. */
export interface Challenge {
  readonly algorithm: string;
  readonly [parameter: string]: unknown;
}

/** What the owner says to visitors while nobody is there. */
export interface AwayConfig {
  readonly text: string | null;
  /** When the office opens next, ISO 8601. Null if the owner has named no hours, or they never end. */
  readonly backAt: string | null;
  /** The office is open until then: only from then on, somebody is back at `backAt`. Absent: it is closed now. */
  readonly from?: string;
  /** Another way to reach the owner: a `mailto:`, `tel:`, `https:` or `http:` URL. */
  readonly link: { readonly text: string | null; readonly url: string } | null;
  /** The visitor is to be asked for an address once they have written. Absent: they are not. */
  readonly email?: "optional" | "required";
}

/** The answer of `GET {base}/config`. */
export interface ChatConfig {
  readonly welcomeMessage: string | null;
  readonly status: PresenceStatus;
  readonly realtime: {
    /** Resolved against the URL of `config`, http→ws. Null if the BFF accepts no sockets. */
    readonly ws: string | null;
    /** How long one `wait` may hold an answer, in seconds. 0: plain polling only. */
    readonly longPollSeconds: number;
  };
  readonly limits: { readonly contentMax: number };
  readonly preChat: { readonly fields: readonly PreChatField[] };
  /** Words in square brackets are the link; without any, the whole text is. */
  readonly consent: { readonly text: string; readonly url: string } | null;
  /** First messages that the visitor may send with one click, at most five. Absent: none, from an older BFF. */
  readonly suggestions?: readonly string[];
  /** For `status` `away`, also if that comes later. Null or, from an older BFF, absent: the owner says nothing. */
  readonly away?: AwayConfig | null;
  readonly challenge: Challenge | null;
  /**
   * Signed-in visitors go on with their conversation in every browser: ask `POST {base}/session` before the first message.
   * `token`: with an identity token. `always`: without one too, since the BFF's application may know the visitor. Absent: no.
   */
  readonly visitorSessions?: "token" | "always";
}
