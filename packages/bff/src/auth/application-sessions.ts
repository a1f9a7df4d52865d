import type { Logger } from "pino";
import { ProblemError } from "../lib/problem-error.ts";
import type { SessionBindings, SignedInVisitor } from "./visitor-sessions.ts";

/** A signed-in visitor, as passed to the host application. */
export interface RecalledVisitor {
  /** The `sub` of the identity token, or the `id` that `resolveVisitor` returned. */
  readonly id: string;
  /** The `iss` of the identity token; null if it has none, or there was no token. Ids of two issuers may be equal. */
  readonly issuer: string | null;
  readonly name?: string;
  readonly email?: string;
}

/** The host application stores which session belongs to which visitor. */
export interface ApplicationSessions {
  readonly recallSession: (visitor: RecalledVisitor) => MaybePromise<string | null | undefined>;
  readonly rememberSession: (
    visitor: RecalledVisitor,
    sessionPublicId: string | null,
    // biome-ignore lint/suspicious/noConfusingVoidType: the function may return nothing.
  ) => MaybePromise<string | null | undefined | void>;
}

type MaybePromise<T> = T | Promise<T>;

export function createApplicationBindings(
  { recallSession, rememberSession }: ApplicationSessions,
  log: Logger,
): SessionBindings {
  const recall = async (visitor: SignedInVisitor) => {
    try {
      return (await recallSession(toRecalledVisitor(visitor))) || null;
    } catch (cause) {
      log.error({ err: cause }, "recallSession failed");
      throw new ProblemError("upstream_unavailable", { cause });
    }
  };

  /** The message is already sent, so a failure here must not fail the submit. */
  const write = async (visitor: SignedInVisitor, sessionPublicId: string | null) => {
    try {
      return (await rememberSession(toRecalledVisitor(visitor), sessionPublicId)) || sessionPublicId;
    } catch (cause) {
      log.error({ err: cause }, "rememberSession failed");
      return sessionPublicId;
    }
  };

  return {
    recall,
    remember: async (visitor, sessionPublicId) =>
      (await recall(visitor)) ?? (await write(visitor, sessionPublicId)) ?? sessionPublicId,
    async forget(visitor, sessionPublicId) {
      if ((await recall(visitor)) === sessionPublicId) await write(visitor, null);
    },
  };
}

function toRecalledVisitor({ subject: { id, issuer }, verified: { name, email } }: SignedInVisitor) {
  return { id, issuer, ...(name !== undefined && { name }), ...(email !== undefined && { email }) };
}
