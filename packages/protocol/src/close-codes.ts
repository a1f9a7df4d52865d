/**
 * WebSocket close codes that carry a meaning in this protocol. Any other is a lost connection. A module of constants, so
 * that bundlers keep only the codes that are used.
 */
export const goingAway = 1001;
export const unsupportedData = 1003;
export const messageTooBig = 1009;
export const serviceRestart = 1012;
export const tryAgainLater = 1013;
export const malformedFrame = 4400;
export const tokenRejected = 4401;
export const sessionNotFound = 4404;
export const helloTimeout = 4408;
export const sessionClosed = 4410;
export const tooMany = 4429;
