/** Every language that the widget is shipped in. A test compares them with the widget's own list. */
export const LOCALES = [
  ...[
    "en",
    "de",
    "ru",
    "fr",
    "es",
    "it",
    "pt",
    "pt-BR",
    "nl",
    "pl",
    "uk",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "el",
  ],
  ...[
    "tr",
    "ar",
    "he",
    "fa",
    "ur",
    "hi",
    "zh-CN",
    "zh-TW",
    "ja",
    "ko",
    "vi",
    "th",
    "id",
    "sv",
    "da",
    "nb",
    "fi",
  ],
];

/** In the language itself. */
export function nameOfLocale(locale: string): string {
  return (
    new Intl.DisplayNames([locale], { type: "language", languageDisplay: "standard" }).of(locale) ?? locale
  );
}

export function directionOf(locale: string): "ltr" | "rtl" {
  return /^(?:ar|fa|he|ur)\b/.test(locale) ? "rtl" : "ltr";
}
