/**
 * What happens inside the BFF, for metrics of your own. No argument holds an id, an address or a text. Called
 * synchronously: keep it short, and do not throw.
 */
export interface Telemetry {
  /** One call to the platform, with its outcome: `ok` or the kind of a `MailooFailure`. */
  upstreamCall(call: { operation: UpstreamOperation; outcome: string; durationMs: number }): void;
  /** A submit came to its end. */
  sendSettled(outcome: SendSettlement): void;
  /** A session's first send was repeated although its outcome could not be known. */
  firstSendUnknown(): void;
  /** A listing met more messages in one millisecond than the platform lists in a page. */
  possibleGap(): void;
  /** A limit refused something. */
  limitHit(limit: string): void;
}

export type UpstreamOperation = "send" | "list" | "status" | "create-integration" | "visitor-socket";

/** `reconciled`: found in the history after an unknown outcome. `pending`: the caller was told to come back. */
export type SendSettlement = "sent" | "replayed" | "reconciled" | "refused" | "pending";

/** Passes everything on to each of them. A hook that throws is ignored: it must not cost a visitor a message. */
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
  };
}

/** Reports to nobody. */
export const silentTelemetry: Telemetry = {
  upstreamCall() {},
  sendSettled() {},
  firstSendUnknown() {},
  possibleGap() {},
  limitHit() {},
};
