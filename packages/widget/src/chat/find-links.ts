/** A file of its own, fetched when a text first looks like it holds a link. */
export { find } from "linkifyjs";
