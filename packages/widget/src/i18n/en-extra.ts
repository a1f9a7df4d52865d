import type { ExtraStrings } from "./strings.ts";

/** The rest of English, for the parts that are loaded only where they are used. */
export const enExtra: ExtraStrings = {
  soundOn: "Turn sound on",
  soundOff: "Turn sound off",
  notifications: "Show desktop notifications",
  transcript: "Download transcript",
  end: "End conversation",
  endQuestion: "End this conversation? It will be removed from this device.",
  cancel: "Cancel",
  intro: "Tell us who you are, and we can start.",
  name: "Name",
  email: "Email",
  optional: "optional",
  start: "Start chat",
  required: "Please fill in this field.",
  emailInvalid: "Please enter a valid email address.",
  newMessage: "New message",
  ended: "This conversation has ended.",
  startNew: "Start a new conversation",
  unavailable: "The chat is not available here.",
};
