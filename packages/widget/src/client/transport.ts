import type { ChatConfig, MessagePage, PresenceStatus } from "@mailoo-chat/protocol";
import type { BffAnswer } from "./bff-request.ts";
import type { EndReason } from "./chat-client.ts";
import type { LossCause } from "./connection-machine.ts";
import type { Platform } from "./platform.ts";

/** What a transport says of itself. After `lost`, `rejected` and `ended` it says no more. */
export type TransportSignal =
  | { readonly type: "ready" }
  | { readonly type: "proven" }
  | { readonly type: "lost"; readonly cause: LossCause | "unavailable"; readonly afterMs?: number }
  | { readonly type: "rejected" }
  | { readonly type: "ended"; readonly reason: EndReason };

/** One dial's way to the client. The transports know nothing else. */
export interface TransportPort {
  readonly platform: Platform;
  readonly realtime: ChatConfig["realtime"];
  /** The newest token of the session. */
  token(): string;
  /** Where the timeline resumes; null for the newest page. */
  cursor(): string | null;
  fetchPage(waitSeconds: number, signal: AbortSignal): Promise<BffAnswer<MessagePage>>;
  fetchStatus(): void;
  tell(signal: TransportSignal): void;
  /** @param settling The platform is still catching up: what comes may be history. */
  deliver(page: MessagePage, settling?: boolean): void;
  deliverStatus(status: PresenceStatus): void;
}

/** A running dial. `close()` is idempotent, and no signal follows it. */
export interface Dialled {
  close(): void;
}

/** What a failed request says about the connection. */
export function toSignal(answer: Extract<BffAnswer<unknown>, { ok: false }>): TransportSignal {
  if (answer.rejected) return { type: "rejected" };
  if (answer.end) return { type: "ended", reason: answer.end };
  return {
    type: "lost",
    cause: answer.retryAfterMs ? "busy" : answer.code === "network" ? "timeout" : "refused",
    afterMs: answer.retryAfterMs,
  };
}
