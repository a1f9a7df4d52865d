/**
 * The current fault of each leg of the conversation, as exchanged by the page and its server:
 *
 *   visitor ── line ── BFF ── sockets, requests ── platform
 */
export interface Legs {
  /** Between the visitor and the BFF. */
  readonly line: (typeof LINE_STATES)[number];
  /** The platform's sockets for visitors. */
  readonly sockets: (typeof SOCKET_STATES)[number];
  /** The platform answers late. */
  readonly slow: boolean;
  /** The platform answers errors to half of the requests. */
  readonly errors: boolean;
  /** The platform stores a message and answers an error. */
  readonly acceptThenFail: boolean;
  /** The platform stores a message and resets the connection. */
  readonly acceptThenReset: boolean;
}

export const LINE_STATES = ["ok", "refuse", "mute", "no-sockets"] as const;

export const SOCKET_STATES = ["ok", "refuse", "mute"] as const;

export const HEALED: Legs = {
  line: "ok",
  sockets: "ok",
  slow: false,
  errors: false,
  acceptThenFail: false,
  acceptThenReset: false,
};

/** One-time faults. `cut` and `drop` close the open connections of their leg. */
export const LEG_ACTIONS = ["cut", "drop", "restart", "kill"] as const;

export type LegAction = (typeof LEG_ACTIONS)[number];

/** The server's answer to every call about the legs. */
export interface LegsReport {
  readonly legs: Legs;
  readonly bff: BffState;
}

export type BffState = "running" | "stopping" | "starting";
