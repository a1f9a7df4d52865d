import { createHmac } from "node:crypto";

export const IDENTITY_SECRET = "an-identity-secret-for-tests-only-0123456789";

/** For a BFF that keeps the conversations of signed-in visitors. */
export const WITH_VISITOR_SESSIONS = {
  MAILOO_CHAT_IDENTITY_SECRET: IDENTITY_SECRET,
  MAILOO_CHAT_VISITOR_SESSIONS: "on",
};

/** The identity token that a site's server signs for its visitor. */
export function signIdentity(sub: string): string {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const [head, body] = [{ alg: "HS256" }, { sub, exp, aud: "mailoo-chat", name: sub }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signature = createHmac("sha256", IDENTITY_SECRET).update(`${head}.${body}`).digest("base64url");
  return `${head}.${body}.${signature}`;
}
