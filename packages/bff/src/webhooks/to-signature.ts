import { createHmac } from "node:crypto";

export interface SignedParts {
  readonly id: string;
  /** Of the attempt, in seconds: receivers refuse old ones. */
  readonly timestampSeconds: number;
  readonly body: string;
}

/** The header `webhook-signature` of Standard Webhooks: one signature for each secret, so that a secret can be rotated. */
export function toSignature(secrets: readonly Buffer[], { id, timestampSeconds, body }: SignedParts): string {
  return secrets
    .map((secret) =>
      createHmac("sha256", secret).update(`${id}.${timestampSeconds}.${body}`).digest("base64"),
    )
    .map((signature) => `v1,${signature}`)
    .join(" ");
}
