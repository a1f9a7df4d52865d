import type { ComponentChildren } from "preact";

/** Drawn on a 24-unit grid with the text's colour; none carries a meaning that is not also in words. */
function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M8 11.5A3.5 3.5 0 0 1 11.5 8h9a3.5 3.5 0 0 1 3.5 3.5v5a3.5 3.5 0 0 1-3.5 3.5H15l-4.2 3.6a.5.5 0 0 1-.8-.4v-3.5A3.5 3.5 0 0 1 8 16.5Z" />
    </svg>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m20 20-4.2-4.2" />
    </Icon>
  );
}

export function SendIcon() {
  return (
    <Icon>
      <path d="M12 19V5" />
      <path d="m6 11 6-6 6 6" />
    </Icon>
  );
}

export function BackIcon() {
  return (
    <Icon>
      <path d="m15 5-7 7 7 7" />
    </Icon>
  );
}

export function ChatIcon() {
  return (
    <Icon>
      <path d="M5 7.5A2.5 2.5 0 0 1 7.5 5h9A2.5 2.5 0 0 1 19 7.5v6a2.5 2.5 0 0 1-2.5 2.5H12l-4 3.5V16h-.5A2.5 2.5 0 0 1 5 13.5Z" />
    </Icon>
  );
}

export function SoundOn() {
  return (
    <Icon>
      <path d="M4 10v4h3.5L12 18V6l-4.5 4Z" />
      <path d="M15.5 9a4.2 4.2 0 0 1 0 6" />
      <path d="M18 6.5a8 8 0 0 1 0 11" />
    </Icon>
  );
}

export function SoundOff() {
  return (
    <Icon>
      <path d="M4 10v4h3.5L12 18V6l-4.5 4Z" />
      <path d="m16 10 4.5 4.5" />
      <path d="m20.5 10-4.5 4.5" />
    </Icon>
  );
}
