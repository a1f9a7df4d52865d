import type { SessionResponse } from "@mailoo-chat/protocol";
import { sessionResponseSchema } from "@mailoo-chat/protocol/schemas";
import { SignJWT } from "jose";
import { type BffCalls, submitInit } from "./bff-calls.ts";

export const IDENTITY_SECRET = "an identity secret of thirty-two bytes";

/** What a BFF needs to keep the sessions of signed-in visitors. */
export const WITH_VISITOR_SESSIONS = {
  MAILOO_CHAT_IDENTITY_SECRET: IDENTITY_SECRET,
  MAILOO_CHAT_VISITOR_SESSIONS: "on",
};

/** An identity token of the site. */
export function identityOf(sub: string, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ name: sub, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setAudience("mailoo-chat")
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(IDENTITY_SECRET));
}

/** The answer of `POST session`. */
export async function askSession(
  bff: Pick<BffCalls, "request">,
  body: object,
  token?: string,
): Promise<SessionResponse> {
  const response = await bff.request("/session", submitInit(body, token));
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return sessionResponseSchema.parse(JSON.parse(text)) as SessionResponse;
}
