import { hash } from "node:crypto";
import { type ChatConfig, CONTENT_MAX_UNITS, LONG_POLL_MAX_SECONDS, ROUTES } from "@mailoo-chat/protocol";
import type { ChallengeGate } from "../auth/challenge-gate.ts";
import type { ResolveVisitor } from "../auth/visitor.ts";
import type { BffConfig } from "../config/parse-config.ts";
import type { Presence } from "../platform/presence.ts";
import type { ChatHandler } from "./problems.ts";

export interface ChatConfigDeps {
  readonly config: Pick<BffConfig, "welcomeMessage" | "preChat" | "consent">;
  readonly presence: Presence;
  readonly challengeGate: Pick<ChallengeGate, "current">;
  /** Whether a server has been attached that takes upgrades. */
  readonly takesSockets: () => boolean;
  readonly resolveVisitor: ResolveVisitor | null;
}

/**
 * `GET config`: what the widget needs to show itself. The same for every visitor, so that caches may share it, unless the
 * host application knows its visitors: they are not asked for what it knows.
 */
export function chatConfig(deps: ChatConfigDeps): ChatHandler {
  const { config, presence, challengeGate, takesSockets } = deps;
  /** Null if the form is the same for everybody. */
  const resolveVisitor = config.preChat.length > 0 ? deps.resolveVisitor : null;

  return async (req, res) => {
    // If the host application fails here, the visitor is asked; the send itself reports the failure.
    const known = await resolveVisitor?.(req).catch(() => null);
    const challenge = await challengeGate.current();
    const answer: ChatConfig = {
      welcomeMessage: config.welcomeMessage,
      status: await presence.current(),
      realtime: {
        // Relative to `config` itself, so that it holds behind any mount path and any proxy.
        ws: takesSockets() ? ROUTES.socket.slice(1) : null,
        longPollSeconds: LONG_POLL_MAX_SECONDS,
      },
      limits: { contentMax: CONTENT_MAX_UNITS },
      preChat: { fields: config.preChat.filter(({ name }) => known?.[name] === undefined) },
      consent: config.consent,
      challenge,
    };
    // A challenge is good for one visitor only, and so is what the host application knows.
    const isPersonal = challenge !== null || resolveVisitor !== null;
    const body = JSON.stringify(answer);
    // Made here, since a host application may have switched Express's own off.
    const etag = `W/"${hash("sha256", body, "base64url").slice(0, 22)}"`;
    res
      .set({ "Cache-Control": isPersonal ? "no-store" : "public, max-age=60", ETag: etag })
      .type("json")
      .send(body);
  };
}
