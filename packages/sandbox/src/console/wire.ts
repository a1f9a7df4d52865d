/** The JSON of the dashboard's and the console's routes. The page and the routes are of one release. */

export interface Message {
  readonly id: string;
  readonly sessionPublicId: string;
  readonly senderType: "VISITOR" | "OWNER";
  readonly content: string;
  readonly createdAt: string;
}

export interface Session {
  readonly sessionPublicId: string;
  readonly visitorName: string | null;
  readonly visitorEmail: string | null;
  readonly createdAt: string;
  readonly lastMessageAt: string;
  readonly messageCount: number;
  readonly unreadCount: number;
  readonly lastMessage: Message | null;
}

export type Presence = "auto" | "online" | "away";

export interface Integration {
  readonly id: string;
  readonly projectUid: string;
  readonly name: string;
  readonly presence: Presence;
  readonly unreadCount: number;
}

export type OwnerEvent =
  | { readonly type: "message"; readonly payload: Message }
  | { readonly type: "session"; readonly payload: Session }
  | { readonly type: "presence"; readonly payload: { readonly presence: Presence } };

/** The platform answered with an error. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;

  constructor(status: number) {
    super(`the platform answered ${status}`);
    this.status = status;
  }
}

/** @throws {RefusedError} and what `fetch` throws */
export async function request<T>(token: string, method: string, path: string, json?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: json === undefined ? null : JSON.stringify(json),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new RefusedError(response.status);
  return (await response.json()) as T;
}

/** The development token, which the sandbox gives only to a browser on its own machine; else null. */
export async function fetchDevelopmentToken(): Promise<string | null> {
  const response = await fetch("/console/bootstrap");
  const { ownerToken } = (await response.json()) as { ownerToken: string | null };
  return ownerToken;
}
