/**
 * Events inside the BFF, for your own metrics. No argument holds an id, an address or a text. Called synchronously: keep it
 * short, and do not throw.
 */
export interface Telemetry {
  /** One call to the platform, with its outcome: `ok` or the kind of a `MailooFailure`. */
  upstreamCall(call: { operation: UpstreamOperation; outcome: string; durationMs: number }): void;
  /** A submit has ended. */
  sendSettled(outcome: SendSettlement): void;
  /** A session's first message was sent again although the outcome of the first attempt is unknown. */
  firstSendUnknown(): void;
  /** A listing found more messages in one millisecond than the platform lists in a page. */
  possibleGap(): void;
  /** A limit has refused something. */
  limitHit(limit: string): void;
  /** A webhook was delivered or dropped, or an attempt has failed. */
  webhookSettled(outcome: WebhookOutcome): void;
}

export type UpstreamOperation = "send" | "list" | "status" | "create-integration" | "visitor-socket";

/** `reconciled`: found in the history after an unknown outcome. `pending`: the caller must retry. */
export type SendSettlement = "sent" | "replayed" | "reconciled" | "refused" | "pending";

/**
 * `retried`: an attempt has failed, and another follows. `refused`: the receiver does not accept it. `dropped`: the queue
 * was full, or the process has ended. `expired`: not delivered within a day.
 */
export type WebhookOutcome = "delivered" | "retried" | "refused" | "dropped" | "expired";

/** Calls each of the sinks. Errors of a sink are ignored: they must not affect a visitor. */
export function combineTelemetry(...sinks: readonly Partial<Telemetry>[]): Telemetry {
  const report = (call: (sink: Partial<Telemetry>) => void) => {
    for (const sink of sinks) {
      try {
        call(sink);
      } catch {}
    }
  };
  return {
    upstreamCall: (call) => report((sink) => sink.upstreamCall?.(call)),
    sendSettled: (outcome) => report((sink) => sink.sendSettled?.(outcome)),
    firstSendUnknown: () => report((sink) => sink.firstSendUnknown?.()),
    possibleGap: () => report((sink) => sink.possibleGap?.()),
    limitHit: (limit) => report((sink) => sink.limitHit?.(limit)),
    webhookSettled: (outcome) => report((sink) => sink.webhookSettled?.(outcome)),
  };
}

export const silentTelemetry: Telemetry = combineTelemetry();
