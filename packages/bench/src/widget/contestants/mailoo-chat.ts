import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import type { Contestant } from "../contestant.ts";

const EMBED = join(REPOSITORY, "packages/widget/dist/embed");

/** The BFF's `config`, as it answers where only a welcome message is set. */
const CONFIG = {
  welcomeMessage: "Hi! How can we help?",
  status: "online",
  realtime: { ws: "/api/v1/webhooks/chat/ws", longPollSeconds: 25 },
  limits: { contentMax: 4000 },
  preChat: { fields: [] },
  consent: null,
  challenge: null,
};

export const mailooChat: Contestant = {
  name: "Mailoo Chat",
  packageName: null,
  embedding: "script tag",
  async prepare() {
    if (!existsSync(join(EMBED, "widget.js")))
      throw new Error("The widget has not been built: run pnpm build.");
    return {
      file: (path) => (/^\/(widget\.js|assets\/[\w-]+\.js)$/.test(path) ? join(EMBED, path) : null),
      answer: (path) =>
        path.endsWith("/config") ? CONFIG : path.endsWith("/status") ? { status: "online" } : null,
      snippet: (chat) => `<script async src="${chat}/widget.js"></script>`,
      launcher: { selector: "button" },
      textBox: { selector: "textarea" },
    };
  },
};
