import type { Contestant } from "../contestant.ts";
import { peerFile } from "../install-peers.ts";

export const deepChat: Contestant = {
  name: "deep-chat",
  packageName: "deep-chat",
  embedding: "module script, `<deep-chat>` in the page",
  async prepare() {
    return {
      file: (path) => (path === "/deepChat.bundle.js" ? peerFile("deep-chat/dist/deepChat.bundle.js") : null),
      snippet: (chat) => `<script type="module" src="${chat}/deepChat.bundle.js"></script>
      <deep-chat connect='{"url":"${chat}/chat"}' introMessage='{"text":"Hi! How can we help?"}'></deep-chat>`,
      launcher: null,
      textBox: { selector: "#text-input" },
    };
  },
};
