import type { OccasionalStrings } from "./strings.ts";

/** The English of what a conversation needs at times. */
export const enOccasional: OccasionalStrings = {
  newMessages: "New messages",
  charactersLeft: "Characters left: {n}",
  tooLong: "Characters too many: {n}",
  forbidden: "This text has characters that cannot be sent.",
  slowDown: "That was quick. One moment, please…",
  truncated: "Older messages are not shown.",
};
