/** What the inner parts report of themselves; `metrics.ts` counts it, tests read it, a library user may ignore it. */
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

/** Reports to nobody. */
export const silentTelemetry: Telemetry = {
  upstreamCall() {},
  sendSettled() {},
  firstSendUnknown() {},
  possibleGap() {},
  limitHit() {},
};
