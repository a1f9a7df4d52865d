/** The file that is fetched when the visitor wants to talk: client, panel and English. */
export { mountChat } from "./chat/mount.tsx";
