// A file of its own, fetched for visitors who have chosen a tone or notifications.
export { playTone } from "./chime.ts";
export { notify } from "./notification.ts";
