import type { ChatConfig, VisitorClaims, VisitorField } from "@mailoo-chat/protocol";
import { type AskedField, parseClaims, toAskedFields } from "./asked-fields.ts";
import { type OutboxEntry, readOutbox, toLacking, writeOutbox } from "./outbox.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession, writeSession } from "./stored-session.ts";

/** Who the visitor is: as the page or they themselves have said. */
export interface Visitor {
  /** The BFF did not take the identity token. */
  readonly isIdentityRefused: boolean;
  /** What is known, here or from another page of the same conversation. */
  toClaims(): VisitorClaims;
  /** Takes what can be used. Texts that wait for an answer are sent with it. */
  identify(claims: VisitorClaims): void;
  /** From now on texts are sent without this identity token. */
  refuse(token: string): void;
  forget(): void;
  /** What these texts, or else the next one, need to be asked for. */
  toAsked(
    config: ChatConfig | undefined,
    waiting: readonly OutboxEntry[],
    claims?: VisitorClaims,
  ): readonly AskedField[];
}

export function createVisitor(storage: ChatStorage): Visitor {
  let said: VisitorClaims = {};

  const toClaims = () => ({ ...readSession(storage).visitor, ...said });

  const visitor: { -readonly [Name in keyof Visitor]: Visitor[Name] } = {
    isIdentityRefused: false,
    toClaims,
    identify(claims) {
      const usable = parseClaims(claims);
      said = { ...said, ...usable };
      if (claims?.token) visitor.isIdentityRefused = !usable.token;
      if (readSession(storage).visitorKey) writeSession(storage, { visitor: withoutToken(toClaims()) });
      for (const entry of readOutbox(storage)) {
        const lacks = toLacking([entry]).filter((field) => !usable[field as VisitorField]);
        writeOutbox(storage, { ...entry, visitor: { ...entry.visitor, ...usable }, lacks: lacks.join(" ") });
      }
    },
    refuse(token) {
      if (said.token !== token) return;
      said = withoutToken(said);
      visitor.isIdentityRefused = true;
    },
    forget() {
      said = {};
      visitor.isIdentityRefused = false;
    },
    toAsked(config, waiting, claims = toClaims()) {
      // A session that has begun is asked nothing more, unless the BFF says so.
      const fields = readSession(storage).token ? undefined : config?.preChat.fields;
      return toAskedFields(fields ?? [], claims, toLacking(waiting));
    },
  };
  return visitor;
}

/** The token is never stored. */
export function withoutToken({ token: _, ...rest }: VisitorClaims): VisitorClaims {
  return rest;
}
