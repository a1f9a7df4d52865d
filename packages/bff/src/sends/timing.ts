import { SEND_START_MS } from "../platform/client.ts";

/** How long a lease lasts without being renewed. */
export const LEASE_MS = 15_000;

/** How often a held lease is renewed. */
export const RENEW_EVERY_MS = 5_000;

/**
 * A POST begins at most this long after its lease was taken or renewed; otherwise the lease is renewed first. So whichever
 * worker takes over a lost replica's lease knows the minimum age of that replica's last POST.
 */
export const POST_WINDOW_MS = 2_000;

/** The platform commits a request within this time of its arrival, or never. */
export const COMMIT_MS = 15_000;

/** From the call that sends to the arrival of the request: its wait in the queue, and its transmission. */
export const TRANSIT_MS = SEND_START_MS + 500;

/** Once the platform itself has reported a failure or accepted a message, it commits nothing more after this time. */
export const SETTLE_AFTER_ANSWER_MS = 2_000;

/** After a loss of the records, a POST of a worker that has not noticed it yet may arrive within this time. */
export const LOST_LEASE_MS = POST_WINDOW_MS + TRANSIT_MS;

/** After the lease of a lost replica has expired, its last POST may still be committed within this time. */
export const SETTLE_AFTER_LEASE_MS = POST_WINDOW_MS + TRANSIT_MS + COMMIT_MS - LEASE_MS;

/** How long one submit may take before its caller must retry. */
export const SUBMIT_MS = 20_000;

/** How long a record is kept. A browser's outbox gives up earlier. */
export const RECORD_TTL_MS = 7 * 24 * 60 * 60 * 1000;
