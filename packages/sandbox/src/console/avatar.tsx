import type { Session } from "./wire.ts";

export function nameOf({ visitorName, visitorEmail }: Session): string {
  return visitorName ?? visitorEmail ?? "Guest";
}

/** Initials on a colour that depends on the session. */
export function Avatar({ session }: { readonly session: Session }) {
  const words = nameOf(session).match(/[^\s@._-]+/g) ?? [];
  const initials = words.slice(0, 2).map((word) => [...word][0]);
  const hue = [...session.sessionPublicId].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360,
    0,
  );
  return (
    <span class="avatar" style={{ "--hue": `${hue}` }} aria-hidden="true">
      {initials.join("").toUpperCase()}
    </span>
  );
}
