import { createChatWidget } from "@mailoo-chat/widget";

const chat = createChatWidget({
  bff: import.meta.env.VITE_CHAT_URL,
  title: "Paper & Thread",
  accent: "#7a3e5d",
});

const ask = document.querySelector("#ask");
const unread = document.querySelector("#unread");

ask?.addEventListener("click", () => chat.open());
// The event's name determines the type of its detail.
chat.on("unread", ({ count }) => {
  if (unread) unread.textContent = count > 0 ? `(${count})` : "";
});
