import type { Session } from "../wire.ts";

/** How a visitor is called: by name, else by address, else "Guest". */
export function visitorName({ visitorName: name, visitorEmail }: Session): string {
  return name ?? visitorEmail ?? "Guest";
}
