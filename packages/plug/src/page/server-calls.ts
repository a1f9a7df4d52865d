import type { LegAction, Legs, LegsReport } from "../legs.ts";

/** The page's own server. */
export interface StoredMessage {
  readonly senderType: "VISITOR" | "OWNER";
  readonly content: string;
}

/** @throws if the server does not answer, or answers an error */
async function call<T>(method: string, path: string, json?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: json === undefined ? null : JSON.stringify(json),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(`the demo answered ${response.status}`);
  return (await response.json()) as T;
}

const messagesPath = (sessionPublicId: string) => `/sessions/${encodeURIComponent(sessionPublicId)}/messages`;

export const fetchSetup = () => call<{ readonly baseUrl: string }>("GET", "/setup");
export const fetchLegs = () => call<LegsReport>("GET", "/legs");
export const changeLegs = (patch: Partial<Legs>) => call<LegsReport>("PATCH", "/legs", patch);
export const healLegs = () => call<LegsReport>("DELETE", "/legs");
export const runLegAction = (action: LegAction) => call<LegsReport>("POST", `/legs/${action}`);
export const listStored = (sessionPublicId: string) =>
  call<readonly StoredMessage[]>("GET", messagesPath(sessionPublicId));
export const postReply = (sessionPublicId: string, content: string) =>
  call<unknown>("POST", messagesPath(sessionPublicId), { content });
