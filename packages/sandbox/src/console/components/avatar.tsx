import type { Session } from "../wire.ts";
import { visitorName } from "./visitor-name.ts";

const HUES = 8;

/** Initials on a colour that stays with the session. */
export function Avatar({ session }: { readonly session: Session }) {
  return (
    <span class="avatar" data-hue={hueOf(session.id)} aria-hidden="true">
      {initials(visitorName(session))}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return sum % HUES;
}
