import type { PreChatField } from "@mailoo-chat/protocol";
import type { Sender } from "../mailoo/mailoo-client.ts";
import { ProblemError } from "../problem-error.ts";

/** Who a visitor is, as somebody has vouched for it. */
export interface VerifiedVisitor {
  readonly name?: string;
  readonly email?: string;
}

/** What a visitor says of themself, as the request's schema leaves it. */
export interface VisitorClaims {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly token?: string | undefined;
}

export interface SenderRules {
  readonly preChat: readonly PreChatField[];
  /** Claims are passed on although nobody vouches for them. */
  readonly allowUnverified: boolean;
  /** Visitors can be verified here, so that the owner must be able to tell those who are not. */
  readonly canVerify: boolean;
}

/**
 * Who the dashboard shows. A verified visitor is taken at their word alone; what others claim counts only where the
 * owner asked for it, and is marked wherever it could be taken for verified.
 */
export function toSender(
  rules: SenderRules,
  verified: VerifiedVisitor | null,
  claims: VisitorClaims | undefined,
): Sender | null {
  if (verified) return toNonEmptySender(verified.name, verified.email);
  const allowed = (field: "name" | "email") =>
    rules.allowUnverified || rules.preChat.some(({ name }) => name === field) ? claims?.[field] : undefined;
  const name = allowed("name");
  const email = allowed("email");
  if (!rules.canVerify || (name === undefined && email === undefined)) return toNonEmptySender(name, email);
  return toNonEmptySender(`${name ?? "Guest"} (unverified)`, email);
}

/** @throws ProblemError `invalid_request` where a first message lacks what the owner asks for */
export function requirePreChat(
  fields: readonly PreChatField[],
  verified: VerifiedVisitor | null,
  claims: VisitorClaims | undefined,
): void {
  for (const { name, required } of fields) {
    if (required && verified?.[name] === undefined && claims?.[name] === undefined) {
      throw new ProblemError("invalid_request", { detail: `visitor.${name} is required` });
    }
  }
}

function toNonEmptySender(name: string | undefined, email: string | undefined): Sender | null {
  if (name === undefined && email === undefined) return null;
  return { ...(name !== undefined && { name }), ...(email !== undefined && { email }) };
}
