import { type PreChatField, VISITOR_FIELD_MAX_UNITS, type VisitorField } from "@mailoo-chat/protocol";
import type { Request } from "express";
import { ProblemError } from "../lib/problem-error.ts";
import type { Sender } from "../platform/client.ts";

/** Who a visitor is, as somebody has vouched for it. */
export interface VerifiedVisitor {
  readonly name?: string;
  readonly email?: string;
}

/** Asks the host application whom it knows the visitor to be. */
export type ResolveVisitor = (req: Request) => Promise<VerifiedVisitor | null>;

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
 * Who the dashboard shows. What somebody has vouched for goes before what is claimed, claims count only if the owner asks
 * for them, and they are marked if they could be taken for verified.
 */
export function toSender(
  { preChat, allowUnverified, canVerify }: SenderRules,
  verified: VerifiedVisitor | null,
  claims: VisitorClaims | undefined,
): Sender | null {
  const claimed = (field: VisitorField) =>
    (allowUnverified && !verified) || preChat.some(({ name }) => name === field)
      ? claims?.[field]
      : undefined;
  const name = verified?.name ?? claimed("name");
  const email = verified?.email ?? claimed("email");
  const isEmailClaimed = email !== verified?.email;
  if (!canVerify || (name === verified?.name && !isEmailClaimed)) return toNonEmptySender(name, email);
  const mark = verified?.name === undefined ? "unverified" : "email unverified";
  return toNonEmptySender(`${name ?? "Guest"} (${mark})`, email);
}

/** @throws ProblemError `invalid_request` with the fields that a first message lacks */
export function requirePreChat(
  fields: readonly PreChatField[],
  verified: VerifiedVisitor | null,
  claims: VisitorClaims | undefined,
): void {
  const missing = fields
    .filter(({ name, required }) => required && (verified?.[name] ?? claims?.[name]) === undefined)
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const detail = missing.map((name) => `visitor.${name} is required`).join(", ");
  throw new ProblemError("invalid_request", { detail, fields: missing });
}

/** What is vouched for, as far as it can be shown. Nobody is refused for the rest. */
export function toVerifiedVisitor({
  name,
  email,
}: {
  readonly name?: unknown;
  readonly email?: unknown;
}): VerifiedVisitor {
  return { ...toVerifiedField("name", name), ...toVerifiedField("email", email) };
}

/** Taken as it is vouched for: an address may be one that only the site's own network knows. */
function toVerifiedField(field: VisitorField, value: unknown): VerifiedVisitor {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" || text.length > VISITOR_FIELD_MAX_UNITS[field] ? {} : { [field]: text };
}

function toNonEmptySender(name: string | undefined, email: string | undefined): Sender | null {
  if (name === undefined && email === undefined) return null;
  return { ...(name !== undefined && { name }), ...(email !== undefined && { email }) };
}
