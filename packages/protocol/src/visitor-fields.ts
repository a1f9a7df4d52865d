import { isVisible } from "./content.ts";

/** What a visitor may be asked for, or a page may tell of them. */
export type VisitorField = "name" | "email";

/** Longest value of each field, in UTF-16 units. */
export const VISITOR_FIELD_MAX_UNITS = { name: 200, email: 320 } as const satisfies Record<
  VisitorField,
  number
>;

/** Longest identity token, in UTF-16 units. */
export const IDENTITY_TOKEN_MAX_UNITS = 8192;

/**
 * A name or an e-mail address in the form in which it is passed on; undefined if it cannot be used. The same rule in
 * the form and on the server, so that no answer passes the one and is refused by the other.
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
 * Addresses of any script (RFC 6531): one `@`, no blanks, and a domain with a dot in it. Whether somebody reads mail
 * there cannot be told from its form. Takes linear time on any input.
 */
const EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
