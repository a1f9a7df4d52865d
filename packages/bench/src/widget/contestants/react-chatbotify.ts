import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import type { Contestant } from "../contestant.ts";
import { peerFile } from "../install-peers.ts";

const APP = `
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import ChatBot from "react-chatbotify";

const flow = { start: { message: "Hi! How can we help?", path: "end" }, end: { message: "Thank you.", path: "end" } };
createRoot(document.body.appendChild(document.createElement("div"))).render(createElement(ChatBot, { flow }));
`;

export const reactChatbotify: Contestant = {
  name: "react-chatbotify",
  packageName: "react-chatbotify",
  embedding: "bundled with React by Vite, minified",
  async prepare() {
    const folder = peerFile("../app");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "app.js"), APP);
    await build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      build: {
        outDir: "dist",
        emptyOutDir: true,
        reportCompressedSize: false,
        rolldownOptions: {
          input: join(folder, "app.js"),
          output: { entryFileNames: "app.js", assetFileNames: "[name][extname]" },
        },
      },
    });
    return {
      file: (path) => join(folder, "dist", path),
      snippet: (chat) => `<link rel="stylesheet" href="${chat}/app.css" />
      <script type="module" src="${chat}/app.js"></script>`,
      launcher: { selector: ".rcb-toggle-button" },
      textBox: { selector: ".rcb-chat-input-textarea" },
    };
  },
};
