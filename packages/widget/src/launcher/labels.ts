/** Every locale that the widget is shipped in. */
export const SHIPPED_LOCALES = [
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
] as const;

export type Locale = (typeof SHIPPED_LOCALES)[number];

/**
 * The closed launcher's name in every locale, shown before any locale file is fetched. One text, since every visitor of
 * every page pays for it: each name follows its locale.
 */
const LABELS = `
enOpen chat
esAbrir chat
pt-BRAbrir chat
ptAbrir chat
itApri chat
frOuvrir le chat
nlChat openen
deChat öffnen
svÖppna chatt
daÅbn chat
nbÅpne chat
fiAvaa chat
idBuka chat
roDeschide chat
csOtevřít chat
skOtvoriť chat
plOtwórz czat
huChat megnyitása
trSohbeti aç
viMở chat
ruОткрыть чат
ukВідкрити чат
bgОтвори чата
elΆνοιγμα chat
arفتح الدردشة
faباز کردن چت
urچیٹ کھولیں
heפתיחת צ׳אט
hiचैट खोलें
thเปิดแชต
zh-CN打开聊天
zh-TW開啟聊天
jaチャットを開く
ko채팅 열기
`;

/**
 * Undefined for a locale that is not shipped.
 *
 * @param locale letters, perhaps with a region behind them
 */
export function launcherLabel(locale: string): string | undefined {
  return new RegExp(`\n${locale}([^a-z-].*)`).exec(LABELS)?.[1];
}
