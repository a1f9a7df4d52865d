import { SEND_START_MS } from "../platform/client.ts";

/** How long the lease on a scope lasts without being renewed. */
export const LEASE_MS = 15_000;

/** How often a working lease is renewed. */
export const RENEW_EVERY_MS = 5_000;

/**
 * A POST may begin only this soon after its lease was taken or renewed; later the lease is renewed first. So a
 * takeover knows how old the last POST of a replica that vanished is at least.
 */
export const POST_WINDOW_MS = 2_000;

/** The platform commits a request within this time of its arrival, or never. */
export const COMMIT_MS = 15_000;

/** From the call that sends to the request's arrival: the wait until it leaves, and its way. */
export const TRANSIT_MS = SEND_START_MS + 500;

/** After the platform's own word that it failed, or that it took a message, it has done what it would do by then. */
export const SETTLE_AFTER_ANSWER_MS = 2_000;

/** For so long after the records were lost, the POST of a worker that does not know it yet may still arrive. */
export const LOST_LEASE_MS = POST_WINDOW_MS + TRANSIT_MS;

/** How long after its lease ran out a vanished replica's last POST may still be committed. */
export const SETTLE_AFTER_LEASE_MS = POST_WINDOW_MS + TRANSIT_MS + COMMIT_MS - LEASE_MS;

/** How long one submit may take in all before its caller is told to come back. */
export const SUBMIT_MS = 20_000;

/** How long a record is kept. A browser's outbox gives up earlier. */
export const RECORD_TTL_MS = 7 * 24 * 60 * 60 * 1000;
