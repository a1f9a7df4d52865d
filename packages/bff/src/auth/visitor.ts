import { type PreChatField, VISITOR_FIELD_MAX_UNITS, type VisitorField } from "@mailoo-chat/protocol";
import type { Request } from "express";
import { ProblemError } from "../lib/problem-error.ts";
import type { Sender } from "../platform/client.ts";

/** A visitor whose identity the site or the host application has confirmed. */
export interface VerifiedVisitor {
  readonly name?: string;
  readonly email?: string;
  /** Absent: the host application has not returned an id. */
  readonly subject?: VisitorSubject;
}

/** Identifies a visitor. Equal ids from different sources or issuers are different visitors. */
export interface VisitorSubject {
  readonly source: "secret" | "key-set" | "application";
  /** `iss` of the identity token. */
  readonly issuer: string | null;
  readonly id: string;
}

/** The visitor, as returned by the host application. */
export interface ApplicationVisitor {
  /** Permanent, and unique to the person. Needed for conversations on every device. */
  readonly id?: string | number | bigint;
  readonly name?: string;
  readonly email?: string;
}

/** Asks the host application who the visitor is. */
export type ResolveVisitor = (req: Request) => Promise<VerifiedVisitor | null>;

export interface IdentifyDeps {
  /** Verifies an identity token; rejects with `ProblemError("identity_invalid")`. */
  readonly verifyIdentity: (token: string) => Promise<VerifiedVisitor>;
  /** Asks the host application who the visitor is; null: there is none. */
  readonly resolveVisitor: ResolveVisitor | null;
}

/** The verified sender of a request. The token takes precedence. */
export async function identify(
  { verifyIdentity, resolveVisitor }: IdentifyDeps,
  req: Request,
  token: string | undefined,
): Promise<VerifiedVisitor | null> {
  if (token !== undefined) return verifyIdentity(token);
  return resolveVisitor === null ? null : resolveVisitor(req);
}

/** What a visitor claims, after validation of the request. */
export interface VisitorClaims {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly token?: string | undefined;
}

export interface SenderRules {
  readonly preChat: readonly PreChatField[];
  /**
   * The form requests the address while the owner is away. A message without it is accepted, because presence may have
   * changed.
   */
  readonly asksEmailWhenAway: boolean;
  /** Unverified claims are passed on. */
  readonly allowUnverified: boolean;
  /** Visitors can be verified, so unverified ones must be marked. */
  readonly canVerify: boolean;
}

/**
 * The name and address for the dashboard. Verified ones take precedence over claims. Claims count only if the owner requests
 * them, and are marked if they could be mistaken for verified ones.
 */
export function toSender(
  { preChat, asksEmailWhenAway, allowUnverified, canVerify }: SenderRules,
  verified: VerifiedVisitor | null,
  claims: VisitorClaims | undefined,
): Sender | null {
  const isAsked = (field: VisitorField) =>
    preChat.some(({ name }) => name === field) || (asksEmailWhenAway && field === "email");
  const claimed = (field: VisitorField) =>
    (allowUnverified && !verified) || isAsked(field) ? claims?.[field] : undefined;
  const name = verified?.name ?? claimed("name");
  const email = verified?.email ?? claimed("email");
  const isEmailClaimed = email !== verified?.email;
  if (!canVerify || (name === verified?.name && !isEmailClaimed)) return toNonEmptySender(name, email);
  const mark = verified?.name === undefined ? "unverified" : "email unverified";
  return toNonEmptySender(`${name ?? "Guest"} (${mark})`, email);
}

/** @throws ProblemError `invalid_request` with the fields that are missing */
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

/** Fields that cannot be shown are left out; the request is still accepted. */
export function toVerifiedVisitor({
  name,
  email,
}: {
  readonly name?: unknown;
  readonly email?: unknown;
}): VerifiedVisitor {
  return { ...toVerifiedField("name", name), ...toVerifiedField("email", email) };
}

export function toApplicationVisitor(visitor: ApplicationVisitor): VerifiedVisitor {
  const id = toId(visitor.id);
  const subject: VisitorSubject | null = id === "" ? null : { source: "application", issuer: null, id };
  return { ...toVerifiedVisitor(visitor), ...(subject && { subject }) };
}

/** Empty for values that cannot identify a visitor: objects have the same text, and large numbers are rounded. */
function toId(id: unknown): string {
  const isName = typeof id === "string" || typeof id === "bigint" || Number.isSafeInteger(id);
  return isName ? `${id}` : "";
}

/** Not validated further, because an address may only be valid in the site's own network. */
function toVerifiedField(field: VisitorField, value: unknown): VerifiedVisitor {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" || text.length > VISITOR_FIELD_MAX_UNITS[field] ? {} : { [field]: text };
}

function toNonEmptySender(name: string | undefined, email: string | undefined): Sender | null {
  if (name === undefined && email === undefined) return null;
  return { ...(name !== undefined && { name }), ...(email !== undefined && { email }) };
}
