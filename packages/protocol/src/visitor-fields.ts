import { isVisible } from "./content.ts";

/** What a visitor may be asked for, or a page may say about them. */
export type VisitorField = "name" | "email";

/** Longest value of each field, in UTF-16 units. */
export const VISITOR_FIELD_MAX_UNITS = { name: 200, email: 320 } as const satisfies Record<
  VisitorField,
  number
>;

/** Longest identity token, in UTF-16 units. */
export const IDENTITY_TOKEN_MAX_UNITS = 8192;

/**
 * A name or an e-mail address in the form that is sent on; undefined if it cannot be used. The form and the server use
 * the same rule, so that the server accepts what the form accepts.
 */
export function parseVisitorField(field: VisitorField, value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (text.length > VISITOR_FIELD_MAX_UNITS[field] || FORBIDDEN.test(text) || !isVisible(text))
    return undefined;
  return field === "email" && !EMAIL.test(text) ? undefined : text;
}

/** Control characters, and surrogates without their other half. */
const FORBIDDEN = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Addresses in any script (RFC 6531): one `@`, no blanks, and a domain with a dot. Runs in linear time on any
 * input.
 */
const EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
