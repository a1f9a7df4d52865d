import type {
  AwayConfig,
  ChatConfig,
  PresenceStatus,
  VisitorClaims,
  VisitorField,
} from "@mailoo-chat/protocol";
import { type AskedField, parseClaims, toAskedFields } from "./asked-fields.ts";
import { type OutboxEntry, readOutbox, toLacking, writeOutbox } from "./outbox.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession, writeSession } from "./stored-session.ts";

/** Who the visitor is: as the page or they themselves have said. */
export interface Visitor {
  /** The BFF did not take the identity token. */
  readonly isIdentityRefused: boolean;
  /** When the current identity token was given, by the clock of the outbox. */
  readonly identifiedAtMs: number;
  /** What is known, here or from another page of the same conversation. */
  toClaims(): VisitorClaims;
  /**
   * Takes what can be used. Texts that wait for an answer are sent with it.
   *
   * @param isAnswer The visitor has said it, for this conversation.
   */
  identify(claims: VisitorClaims, isAnswer?: boolean): void;
  /** The visitor does not want to give their address in this conversation. */
  declineEmail(): void;
  /** From now on texts are sent without this identity token. */
  refuse(token: string): void;
  /** @param isSame It is still the same visitor: what the page has said holds. */
  forget(isSame: unknown): void;
  /** What these texts, or else the next one, need to be asked for. */
  toAsked(
    config: ChatConfig | undefined,
    waiting: readonly OutboxEntry[],
    claims?: VisitorClaims,
  ): readonly AskedField[];
  /** Whether the next text needs an address because nobody is there. Never said of what is written already. */
  toAwayEmail(config: ChatConfig | undefined, status: PresenceStatus): AwayConfig["email"];
}

export function createVisitor(storage: ChatStorage): Visitor {
  let said: VisitorClaims = {};
  /** The part that the page has said. */
  let told: VisitorClaims = {};

  const toClaims = () => ({ ...readSession(storage).visitor, ...said });

  /** With the conversation, once there is one. */
  function keep(): void {
    if (readSession(storage).visitorKey) writeSession(storage, { visitor: withoutToken(toClaims()) });
  }

  const visitor: { -readonly [Name in keyof Visitor]: Visitor[Name] } = {
    isIdentityRefused: false,
    identifiedAtMs: 0,
    toClaims,
    identify(claims, isAnswer) {
      const usable = parseClaims(claims);
      if (usable.token !== said.token) visitor.identifiedAtMs = Date.now();
      said = { ...said, ...usable };
      if (!isAnswer) told = { ...told, ...usable };
      if (claims?.token) visitor.isIdentityRefused = !usable.token;
      keep();
      for (const entry of readOutbox(storage)) {
        const lacks = toLacking([entry]).filter((field) => !usable[field as VisitorField]);
        writeOutbox(storage, { ...entry, visitor: { ...entry.visitor, ...usable }, lacks: lacks.join(" ") });
      }
    },
    declineEmail() {
      // No address, which the BFF takes for none.
      said = { ...said, email: "" };
      keep();
    },
    refuse(token) {
      if (said.token !== token) return;
      said = withoutToken(said);
      told = withoutToken(told);
      visitor.isIdentityRefused = true;
    },
    forget(isSame) {
      if (!isSame) {
        told = {};
        visitor.isIdentityRefused = false;
      }
      said = told;
    },
    toAsked(config, waiting, claims = toClaims()) {
      // A session that has begun is asked nothing more, unless the BFF says so.
      const fields = readSession(storage).token ? undefined : config?.preChat.fields;
      return toAskedFields(fields ?? [], claims, toLacking(waiting));
    },
    toAwayEmail(config, status) {
      const { email, token } = toClaims();
      return status === "away" && email === undefined && !token ? config?.away?.email : undefined;
    },
  };
  return visitor;
}

/** The token is never stored. */
export function withoutToken({ token: _, ...rest }: VisitorClaims): VisitorClaims {
  return rest;
}
