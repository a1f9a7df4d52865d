import {
  IDENTITY_TOKEN_MAX_UNITS,
  type PreChatField,
  parseVisitorField,
  type VisitorClaims,
  type VisitorField,
} from "@mailoo-chat/protocol";
import { toRecord } from "./parse-wire.ts";

/** A field that the visitor still has to be asked for. */
export interface AskedField extends PreChatField {
  /** The BFF has refused a message for it: what was said of it so far does not help. */
  readonly isRefused: boolean;
}

/**
 * What the owner asks for and is not known yet. A visitor with an identity token is asked only what the BFF says that the
 * token lacks.
 *
 * @param refused what the BFF has refused a message for: to be asked in any case.
 */
export function toAskedFields(
  fields: readonly PreChatField[],
  visitor: VisitorClaims,
  refused: readonly string[],
): readonly AskedField[] {
  const open = visitor.token ? [] : fields.filter(({ name }) => !parseVisitorField(name, visitor[name]));
  return NAMES.flatMap((name) => {
    const isRefused = refused.includes(name);
    const required = isRefused || open.some((field) => field.name === name && field.required);
    return required || open.some((field) => field.name === name) ? { name, required, isRefused } : [];
  });
}

const NAMES: readonly VisitorField[] = ["name", "email"];

/** The claims that can be used. A page's script may pass anything. */
export function parseClaims(value: unknown): VisitorClaims {
  const { name, email, token } = toRecord(value);
  const isToken = typeof token === "string" && token.length <= IDENTITY_TOKEN_MAX_UNITS;
  const claims = {
    name: parseVisitorField("name", name),
    email: parseVisitorField("email", email),
    token: isToken && token,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value));
}
