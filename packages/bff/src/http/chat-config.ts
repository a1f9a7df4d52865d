import { hash } from "node:crypto";
import {
  type AwayConfig,
  type ChatConfig,
  CONTENT_MAX_UNITS,
  LONG_POLL_MAX_SECONDS,
  ROUTES,
} from "@mailoo-chat/protocol";
import type { ChallengeGate } from "../auth/challenge-gate.ts";
import type { ResolveVisitor } from "../auth/visitor.ts";
import type { VisitorSessions } from "../auth/visitor-sessions.ts";
import { type LanguageTexts, textsFor } from "../config/json-values.ts";
import type { BffConfig } from "../config/to-config.ts";
import { type ClosedTime, followClosedTime } from "../lib/office-hours.ts";
import type { Presence } from "../platform/presence.ts";
import type { ChatHandler } from "./problems.ts";
import { parseQuery } from "./read-request.ts";

export interface ChatConfigDeps {
  readonly config: BffConfig;
  readonly presence: Presence;
  readonly challengeGate: ChallengeGate;
  /** Whether a server accepts WebSockets for this router. */
  readonly takesSockets: () => boolean;
  readonly resolveVisitor: ResolveVisitor | null;
  /** Null: each browser has its own conversation. */
  readonly visitorSessions: VisitorSessions | null;
}

/**
 * `GET config`: what the widget needs before the first message. The same for all visitors, so that caches may share it,
 * unless the host application identifies its visitors: then the form leaves out known fields.
 */
export function chatConfig(deps: ChatConfigDeps): ChatHandler {
  const { config, presence, challengeGate, takesSockets } = deps;
  /** Null if the form is the same for all visitors. */
  const resolveVisitor = config.preChat.length > 0 || config.away.email ? deps.resolveVisitor : null;
  const closedTimeAt = config.officeHours ? followClosedTime(config.officeHours) : () => null;

  return async (req, res) => {
    // If the host application fails here, the form has all fields, and the submit reports the failure.
    const known = await resolveVisitor?.(req).catch(() => null);
    const challenge = await challengeGate.current();
    const { locale } = parseQuery(req.originalUrl, ["locale"]);
    const texts = textsFor(config.texts, locale);
    const status = await presence.current();
    const answer: ChatConfig = {
      welcomeMessage: texts.welcomeMessage ?? config.welcomeMessage ?? presence.welcomeMessage,
      status,
      realtime: {
        // Relative to `config`, so that it works with any mount path and proxy.
        ws: takesSockets() ? ROUTES.socket.slice(1) : null,
        longPollSeconds: LONG_POLL_MAX_SECONDS,
      },
      limits: { contentMax: CONTENT_MAX_UNITS },
      preChat: { fields: config.preChat.filter(({ name }) => known?.[name] === undefined) },
      consent: texts.consent ?? config.consent,
      suggestions: texts.suggestions ?? [],
      away: toAway(config.away, texts, closedTimeAt(Date.now()), known?.email === undefined),
      challenge,
      ...(deps.visitorSessions && { visitorSessions: deps.resolveVisitor ? "always" : "token" }),
    };
    // A challenge is for one visitor, and so are the facts from the host application.
    const isPersonal = challenge !== null || resolveVisitor !== null;
    const body = JSON.stringify(answer);
    // Not left to Express, whose `etag` setting belongs to the host application.
    const etag = `W/"${hash("sha256", body, "base64url").slice(0, 22)}"`;
    res
      .set({ "Cache-Control": isPersonal ? "no-store" : "public, max-age=60", ETag: etag })
      .type("json")
      .send(body);
  };
}

/** Stays the same until the office opens or closes, so that cached answers stay valid. */
function toAway(
  own: BffConfig["away"],
  { awayText, awayLink }: LanguageTexts,
  closedTime: ClosedTime | null,
  asksEmail: boolean,
): AwayConfig | null {
  const url = awayLink?.url ?? own.linkUrl;
  const away: AwayConfig = {
    text: awayText ?? own.text,
    backAt: closedTime && toIso(closedTime.untilMs),
    ...(closedTime?.fromMs != null && { from: toIso(closedTime.fromMs) }),
    link: url === null ? null : { text: awayLink?.text ?? null, url },
    ...(own.email && asksEmail && { email: own.email }),
  };
  return Object.values(away).some((value) => value !== null) ? away : null;
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
