import type { Request } from "express";
import type { ResolveVisitor, VerifiedVisitor } from "../auth/visitor.ts";

export interface IdentifyDeps {
  /** Verifies an identity token; rejects with `ProblemError("identity_invalid")`. */
  readonly verifyIdentity: (token: string) => Promise<VerifiedVisitor>;
  /** Asks the host application who the visitor is; null: there is none. */
  readonly resolveVisitor: ResolveVisitor | null;
}

/** Who sends a request, as far as it is verified. The token goes first. */
export async function identify(
  { verifyIdentity, resolveVisitor }: IdentifyDeps,
  req: Request,
  token: string | undefined,
): Promise<VerifiedVisitor | null> {
  if (token !== undefined) return verifyIdentity(token);
  return resolveVisitor === null ? null : resolveVisitor(req);
}
