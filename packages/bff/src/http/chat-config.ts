import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatConfig, CONTENT_MAX_UNITS, LONG_POLL_MAX_SECONDS, ROUTES } from "@mailoo-chat/protocol";
import type { ChallengeGate } from "../challenge/challenge-gate.ts";
import type { BffConfig } from "../config.ts";
import type { Presence } from "../presence.ts";
import { isFresh } from "./is-fresh.ts";
import { sendJson } from "./send-json.ts";

export interface ChatConfigDeps {
  readonly config: Pick<BffConfig, "welcomeMessage" | "preChat" | "consent">;
  readonly presence: Presence;
  readonly challengeGate: Pick<ChallengeGate, "current">;
  /** Whether a server has been attached that takes upgrades. */
  readonly takesSockets: () => boolean;
}

/** `GET config`: what the widget needs to show itself. The same for every visitor, so caches may share it. */
export function createChatConfigRoute({ config, presence, challengeGate, takesSockets }: ChatConfigDeps) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const challenge = challengeGate.current();
    const answer: ChatConfig = {
      welcomeMessage: config.welcomeMessage,
      status: await presence.current(),
      realtime: {
        // Relative to `config` itself, so that it holds behind any mount path and any proxy.
        ws: takesSockets() ? ROUTES.socket.slice(1) : null,
        longPollSeconds: LONG_POLL_MAX_SECONDS,
      },
      limits: { contentMax: CONTENT_MAX_UNITS },
      preChat: { fields: config.preChat },
      consent: config.consent,
      challenge,
    };
    // A challenge is good for one visitor only.
    res.setHeader("Cache-Control", challenge ? "no-store" : "public, max-age=60");
    const etag = `"${createHash("sha256").update(JSON.stringify(answer)).digest("base64url").slice(0, 22)}"`;
    res.setHeader("ETag", etag);
    if (isFresh(req, etag)) {
      res.statusCode = 304;
      res.end();
    } else sendJson(res, 200, answer);
  };
}
