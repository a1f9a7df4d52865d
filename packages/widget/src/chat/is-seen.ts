import type { Shell } from "../launcher/shell.ts";

/** Whether the visitor can see the messages. */
export function isSeen(shell: Shell, isOpen: boolean): boolean {
  return isOpen && !shell.root.hidden && !document.hidden && !shell.isOutOfView;
}
