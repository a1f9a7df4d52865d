import type { Contestant } from "./contestant.ts";
import { deepChat } from "./contestants/deep-chat.ts";
import { flowise } from "./contestants/flowise.ts";
import { mailooChat } from "./contestants/mailoo-chat.ts";
import { reactChatbotify } from "./contestants/react-chatbotify.ts";
import { rocketChat } from "./contestants/rocket-chat.ts";
import { typebot } from "./contestants/typebot.ts";

/** Ours first. */
export const CONTESTANTS: readonly Contestant[] = [
  mailooChat,
  deepChat,
  reactChatbotify,
  typebot,
  flowise,
  rocketChat,
];
