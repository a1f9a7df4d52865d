import type { MessagePage, PresenceStatus } from "@mailoo-chat/protocol";
import type { BffAnswer, BffFailure } from "./bff-request.ts";
import type { TransportSignal } from "./connection-machine.ts";
import type { Page } from "./platform.ts";

/** One dial's way to the client. The transports know nothing else. */
export interface TransportPort {
  readonly page: Page;
  /** The newest token of the session. */
  token(): string | undefined;
  /** Where the timeline resumes; null for the newest page. */
  cursor(): string | null;
  fetchPage(waitSeconds: number, abort: AbortController): Promise<BffAnswer<MessagePage>>;
  refreshStatus(): void;
  tell(signal: TransportSignal): void;
  deliver(page: Pick<MessagePage, "messages"> & Partial<MessagePage>): void;
  deliverStatus(status: PresenceStatus): void;
}

/** A running dial. `close()` is idempotent, and no signal follows it. */
export interface Dialled {
  close(): void;
}

/** What a failed request says about the connection. */
export function toSignal({ end, code, retryAfterMs }: BffFailure): TransportSignal {
  if (end) return { type: "ended", reason: end };
  const cause = retryAfterMs ? "busy" : code === "network" ? "timeout" : "refused";
  return { type: "lost", cause, afterMs: retryAfterMs };
}
