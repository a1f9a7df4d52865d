import type { Syntax } from "./look.ts";

/** As this browser reads it. An empty text is neither. */
export const SYNTAX: Syntax = {
  isColor: (text) => CSS.supports("color", text),
  isSelector(text) {
    try {
      document.createElement("a").matches(text);
      return true;
    } catch {
      return false;
    }
  },
};
