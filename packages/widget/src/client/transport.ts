import type { MessagePage, PresenceStatus } from "@mailoo-chat/protocol";
import type { BffAnswer, BffFailure } from "./bff-request.ts";
import type { TransportSignal } from "./connection-machine.ts";
import type { Page } from "./platform.ts";

/** What the BFF has to tell: a page, a message with its cursor, the owner's presence. */
export type Delivery = Partial<MessagePage> & { readonly status?: PresenceStatus };

/** One dial's way to the client. The transports know nothing else. */
export interface TransportPort {
  readonly page: Page;
  /** The hello frame, with the newest token and where the timeline resumes. */
  toHello(): string;
  fetchPage(waitSeconds: number, abort: AbortController): Promise<BffAnswer<MessagePage>>;
  refreshStatus(): void;
  tell(signal: TransportSignal): void;
  deliver(delivery: Delivery): void;
}

/** A running dial. `close()` is idempotent, and no signal that counts follows it. */
export interface Dialled {
  close(): void;
}

/** What a failed request says about the connection. */
export function toSignal({ end, code, retryAfterMs }: BffFailure): TransportSignal {
  if (end) return { type: "ended", reason: end };
  const cause = retryAfterMs ? "busy" : code === "network" ? "timeout" : "refused";
  return { type: "lost", cause, afterMs: retryAfterMs };
}
