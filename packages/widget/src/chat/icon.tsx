/** Path data on a grid of 24, stroked in the colour of the text. */
export const ICONS = {
  bubble: "m4 20 2-5a8 7 0 1 1 4 3z",
  down: "m6 9 6 6 6-6",
  more: "M5 11h2v2H5zm6 0h2v2h-2zm6 0h2v2h-2z",
  send: "M12 19V5m-6 6 6-6 6 6",
  sent: "m5 13 4 4L19 7",
  clock: "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  failed: "M12 8v4m0 4h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
} as const;

export function Icon({ name }: { readonly name: keyof typeof ICONS }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
