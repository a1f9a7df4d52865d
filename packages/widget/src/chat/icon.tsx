/** Path data on a grid of 24, stroked in the colour of the text. */
export const ICONS = {
  bubble: "m4 20 2-5a8 7 0 1 1 4 3z",
  down: "m6 9 6 6 6-6",
  more: "M6 12h0m6 0h0m6 0h0",
  minimise: "M6 12h12",
  sound: "M11 5 6 9H3v6h3l5 4zm4 3a5 5 0 0 1 0 8",
  bell: "M6 9a6 6 0 1 1 12 0c0 6 2 8 2 8H4s2-2 2-8m4 12h4",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  end: "m6 6 12 12M6 18 18 6",
  send: "M12 19V5m-6 6 6-6 6 6",
  sent: "m5 13 4 4L19 7",
  clock: "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  failed: "M12 8v4m0 4h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
} as const;

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
