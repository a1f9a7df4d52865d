import type { Contestant } from "../contestant.ts";
import { peerFile } from "../install-peers.ts";

export const flowise: Contestant = {
  name: "flowise-embed",
  packageName: "flowise-embed",
  embedding: "module script, `Chatbot.init`",
  async prepare() {
    return {
      file: (path) => (path === "/web.js" ? peerFile("flowise-embed/dist/web.js") : null),
      answer: (path) => {
        if (path.includes("/chatflows-streaming/")) return { isStreaming: true };
        if (path.includes("/public-chatbotConfig/")) return { uploads: { isImageUploadAllowed: false } };
        return null;
      },
      snippet: (chat) => `<script type="module">
        import Chatbot from "${chat}/web.js";
        Chatbot.init({ chatflowid: "flow", apiHost: "${chat}" });
      </script>`,
      launcher: { selector: "button" },
      textBox: { selector: "textarea" },
    };
  },
};
