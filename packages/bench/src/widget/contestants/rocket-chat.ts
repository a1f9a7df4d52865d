import { WebSocketServer } from "ws";
import type { Contestant } from "../contestant.ts";
import { peerFile } from "../install-peers.ts";

const BUILD = "@rocket.chat/livechat/build";

const CONFIG = {
  success: true,
  config: {
    enabled: true,
    online: true,
    settings: { registrationForm: false, historyMonitorType: "url", language: "en" },
    theme: { title: "Chat", color: "#04436A" },
    messages: {},
    departments: [],
    triggers: [],
    resources: {},
    customFields: [],
  },
};

export const rocketChat: Contestant = {
  name: "Rocket.Chat Livechat",
  packageName: "@rocket.chat/livechat",
  embedding: "script tag, an iframe",
  async prepare() {
    const sockets = new WebSocketServer({ noServer: true });
    return {
      // A Rocket.Chat server has the page at /livechat and its files below.
      file: (path) => {
        if (path === "/livechat") return peerFile(BUILD, "index.html");
        return path.startsWith("/livechat/") ? peerFile(BUILD, path.slice("/livechat/".length)) : null;
      },
      answer: (path) => {
        if (path === "/api/v1/livechat/config") return CONFIG;
        return path === "/api/v1/livechat/page.visited" ? { success: true, page: {} } : null;
      },
      upgrade(request, socket, head) {
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          // Meteor's DDP: what is asked first, and what is asked to see whether anybody is there.
          webSocket.on("message", (data) => {
            const { msg, id } = JSON.parse(String(data)) as { msg: string; id?: string };
            if (msg === "connect") webSocket.send(JSON.stringify({ msg: "connected", session: "session" }));
            if (msg === "ping") webSocket.send(JSON.stringify({ msg: "pong" }));
            if (msg === "sub") webSocket.send(JSON.stringify({ msg: "ready", subs: [id] }));
            if (msg === "method") webSocket.send(JSON.stringify({ msg: "result", id, result: {} }));
          });
        });
      },
      snippet: (chat) => `<script>
        (function (w, d, s, u) {
          w.RocketChat = function (c) { w.RocketChat._.push(c) }; w.RocketChat._ = []; w.RocketChat.url = u;
          var h = d.getElementsByTagName(s)[0], j = d.createElement(s);
          j.async = true; j.src = "${chat}/livechat/rocketchat-livechat.min.js?_=201903270000";
          h.parentNode.insertBefore(j, h);
        })(window, document, "script", "${chat}/livechat?serverUrl=${chat}");
      </script>`,
      launcher: { selector: "button", inIframe: true },
      textBox: { selector: "[contenteditable]", inIframe: true },
    };
  },
};
