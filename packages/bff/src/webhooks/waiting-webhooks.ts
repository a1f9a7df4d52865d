/** A webhook in delivery. */
export interface WaitingWebhook {
  readonly id: string;
  readonly body: string;
  readonly createdAtMs: number;
  attempts: number;
  /** When the next attempt is due, on the steady clock; `Infinity` while one runs. */
  dueAtMs: number;
}

export interface WaitingLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

/**
 * The webhooks that are not delivered yet, oldest first. Bounded by count and bytes: the oldest are dropped first, except
 * those with a running attempt.
 */
export class WaitingWebhooks {
  readonly #limits: WaitingLimits;
  readonly #webhooks = new Set<WaitingWebhook>();
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#webhooks.size;
  }

  /** Returns how many were dropped to make room. */
  add(webhook: WaitingWebhook): number {
    this.#webhooks.add(webhook);
    this.#bytes += bytesOf(webhook);
    let dropped = 0;
    for (const oldest of this.#webhooks) {
      if (this.size <= this.#limits.maxCount && this.#bytes <= this.#limits.maxBytes) break;
      if (isRunning(oldest)) continue;
      this.remove(oldest);
      dropped += 1;
    }
    return dropped;
  }

  remove(webhook: WaitingWebhook): void {
    if (this.#webhooks.delete(webhook)) this.#bytes -= bytesOf(webhook);
  }

  /** Returns how many there were. */
  clear(): number {
    const { size } = this;
    this.#webhooks.clear();
    this.#bytes = 0;
    return size;
  }

  /** The oldest webhook that is due; null: none. */
  due(nowMs: number): WaitingWebhook | null {
    for (const webhook of this.#webhooks) if (webhook.dueAtMs <= nowMs) return webhook;
    return null;
  }

  /** When the next attempt is due; `Infinity`: none is. */
  nextDueAtMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueAtMs } of this.#webhooks) nextMs = Math.min(nextMs, dueAtMs);
    return nextMs;
  }

  /** Makes all webhooks due, except those with a running attempt. */
  makeDue(nowMs: number): void {
    for (const webhook of this.#webhooks) if (!isRunning(webhook)) webhook.dueAtMs = nowMs;
  }
}

function isRunning({ dueAtMs }: WaitingWebhook): boolean {
  return dueAtMs === Number.POSITIVE_INFINITY;
}

/** A string takes up to two bytes for each unit. */
function bytesOf({ body }: WaitingWebhook): number {
  return 2 * body.length;
}
