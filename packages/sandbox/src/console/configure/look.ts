/** What the form holds. An empty text is the widget's own default. */
export interface Look {
  readonly title: string;
  readonly subtitle: string;
  /** Any CSS colour. */
  readonly accent: string;
  /** Of the header, `#rrggbb`. */
  readonly header: string;
  readonly position: "right" | "left";
  readonly theme: "auto" | "light" | "dark";
  readonly locale: string;
  /** Pixels. */
  readonly radius: string;
  /** A URL. */
  readonly avatar: string;
  readonly launcher: "round" | "own" | "none";
  /** Of the page's own buttons, for the launcher "own". */
  readonly selector: string;
  readonly teaser: string;
  /** One a line. */
  readonly suggestions: string;
  readonly startOpen: boolean;
  readonly away: "show" | "hide";
  readonly formatting: boolean;
  readonly sound: boolean;
}

export const DEFAULT_LOOK: Look = {
  title: "",
  subtitle: "",
  accent: "",
  header: "",
  position: "right",
  theme: "auto",
  locale: "",
  radius: "",
  avatar: "",
  launcher: "round",
  selector: "",
  teaser: "",
  suggestions: "",
  startOpen: false,
  away: "show",
  formatting: true,
  sound: false,
};

export const DEFAULT_ACCENT = "#3a5bff";
export const DEFAULT_RADIUS = "20";
export const MAX_SUGGESTIONS = 5;

/** Options of the widget that differ from its defaults, by name. */
export type Options = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What only a browser can tell. */
export interface Syntax {
  isColor(text: string): boolean;
  isSelector(text: string): boolean;
}

/** What the browser does not understand is left out. */
export function toOptions(look: Look, syntax: Syntax): Options {
  const { launcher, position, theme, startOpen, away, formatting, sound } = look;
  const accent = look.accent.trim();
  const selector = look.selector.trim();
  const texts = toSuggestions(look);
  const given: Record<string, string | number | boolean | readonly string[] | null> = {
    title: look.title.trim(),
    subtitle: look.subtitle.trim(),
    accent: accent.toLowerCase() !== DEFAULT_ACCENT && syntax.isColor(accent) ? accent : null,
    position: position === DEFAULT_LOOK.position ? null : position,
    theme: theme === DEFAULT_LOOK.theme ? null : theme,
    locale: look.locale,
    radius: look.radius === "" || look.radius === DEFAULT_RADIUS ? null : Number(look.radius),
    avatar: look.avatar.trim(),
    launcher: launcher === "none" ? "none" : null,
    teaser: look.teaser.trim(),
    suggestions: texts.length > 0 ? texts : null,
    startOpen: startOpen || null,
    away: away === DEFAULT_LOOK.away ? null : away,
    formatting: formatting ? null : false,
    sound: sound || null,
  };
  if (launcher === "own" && syntax.isSelector(selector)) given.launcher = selector;
  return Object.fromEntries(
    Object.entries(given).filter(
      (entry): entry is [string, Options[string]] => entry[1] !== null && entry[1] !== "",
    ),
  );
}

export function toSuggestions({ suggestions }: Look): readonly string[] {
  const lines = suggestions.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").slice(0, MAX_SUGGESTIONS);
}

/** Custom properties that the look needs besides the options. */
export function toProperties({ header }: Look): Readonly<Record<string, string>> {
  if (header === "") return {};
  return {
    "--mailoo-chat-header": header,
    "--mailoo-chat-header-text": isBright(header) ? "#000" : "#fff",
  };
}

/** As the part of an address behind `#`: what differs from the defaults. */
export function toHash(look: Look): string {
  const changed = Object.entries(look).filter(([name, value]) => value !== Reflect.get(DEFAULT_LOOK, name));
  return new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
}

/** Values that are of no use are left out. */
export function parseHash(hash: string): Look {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const choices: Readonly<Record<string, RegExp>> = {
    header: /^#[0-9a-f]{6}$/,
    position: /^left$/,
    theme: /^(?:light|dark)$/,
    radius: /^\d{1,3}$/,
    launcher: /^(?:own|none)$/,
    away: /^hide$/,
  };
  const look = Object.entries(DEFAULT_LOOK).map(([name, fallback]) => {
    const text = params.get(name);
    if (text === null || !(choices[name] ?? /^/).test(text)) return [name, fallback];
    return [name, typeof fallback === "boolean" ? text === "true" : text];
  });
  // Of the names and types of the defaults.
  return Object.fromEntries(look) as unknown as Look;
}

/** Whether black text on it has more contrast than white. @param color `#rrggbb` */
function isBright(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  // Where the contrasts are equal: WCAG 2, relative luminance.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
