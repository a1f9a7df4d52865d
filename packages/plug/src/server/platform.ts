import type { Legs } from "../legs.ts";

/** The local Mailoo: the owner's actions and the fault switches. */
export interface Platform {
  /** Sets the fault switches of the legs behind the BFF. */
  apply(legs: Legs): Promise<void>;
  /** Closes the open sockets. */
  dropSockets(): Promise<void>;
  /** Posts an owner's message. */
  reply(sessionPublicId: string, content: string): Promise<void>;
  /** The stored messages of a session in the platform's order, regardless of faults. */
  listStored(sessionPublicId: string): Promise<readonly StoredMessage[]>;
}

export interface StoredMessage {
  readonly senderType: "VISITOR" | "OWNER";
  readonly content: string;
}

/** From the sandbox's development seed. */
const INTEGRATION = "mailoo_dev_chat_integration";
const OWNER_TOKEN = "mailoo-dev-owner-token";

const SLOW_MS = { min: 500, max: 2_500 };

/** @param url the sandbox, started with its fault switches */
export function createPlatform(url: string): Platform {
  async function call(method: string, path: string, json?: unknown): Promise<unknown> {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${OWNER_TOKEN}`, "content-type": "application/json" },
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`the sandbox answered ${response.status} to ${method} ${path}`);
    return response.json();
  }

  return {
    async apply({ sockets, slow, errors, acceptThenFail, acceptThenReset }) {
      await call("PUT", "/__sandbox/faults", {
        sockets,
        latencyMs: slow ? SLOW_MS : 0,
        errorRate: errors ? 0.5 : 0,
        acceptThenFail,
        acceptThenReset,
      });
    },
    async dropSockets() {
      await call("POST", "/__sandbox/sockets/drop?which=visitor");
    },
    async reply(sessionPublicId, content) {
      const session = encodeURIComponent(sessionPublicId);
      await call("POST", `/api/v1/chat/${INTEGRATION}/sessions/${session}/reply`, { content });
    },
    async listStored(sessionPublicId) {
      const query = new URLSearchParams({ sessionPublicId });
      const { messages } = (await call("GET", `/__sandbox/messages?${query}`)) as {
        readonly messages: readonly StoredMessage[]; // of the same repository
      };
      return messages.map(({ senderType, content }) => ({ senderType, content }));
    },
  };
}
