import type { Contestant } from "../contestant.ts";
import { peerFile } from "../install-peers.ts";

/** A bot that greets and waits for a line of text. */
const START_CHAT = {
  sessionId: "session",
  resultId: "result",
  typebot: { id: "bot", version: "6.1", theme: {}, settings: {} },
  messages: [
    {
      id: "welcome",
      type: "text",
      content: { type: "richText", richText: [{ type: "p", children: [{ text: "Hi! How can we help?" }] }] },
    },
  ],
  input: { id: "input", type: "text input", options: {} },
};

export const typebot: Contestant = {
  name: "typebot",
  packageName: "@typebot.io/js",
  embedding: "module script, `initBubble`",
  async prepare() {
    return {
      file: (path) => (path === "/web.js" ? peerFile("@typebot.io/js/dist/web.js") : null),
      answer: (path) => (path.endsWith("/startChat") ? START_CHAT : null),
      snippet: (chat) => `<script type="module">
        import Typebot from "${chat}/web.js";
        Typebot.initBubble({ typebot: "bot", apiHost: "${chat}" });
      </script>`,
      launcher: { selector: "button" },
      textBox: { selector: "input, textarea" },
    };
  },
};
