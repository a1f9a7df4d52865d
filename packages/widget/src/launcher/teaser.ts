import type { ChatWidget } from "../api/widget.ts";
import { adoptSheet } from "../chat/adopt-sheet.ts";
import type { Locale } from "./labels.ts";
import type { Shell } from "./shell.ts";
import { toStorageKey } from "./stored-keys.ts";
import css from "./teaser.css?inline";

/**
 * A greeting beside the launcher, until the chat is opened or the greeting dismissed, once for all pages of the site. Built
 * without Preact and with its own word for "Dismiss": it comes long before the panel and its texts do, and mostly instead
 * of them.
 */
export function showTeaser(shell: Shell, widget: ChatWidget): void {
  const { options, shadow, root, launcher, baseUrl } = shell;
  adoptSheet(shadow, css);

  const teaser = document.createElement("div");
  teaser.className = "teaser";
  if (options.theme === "dark" || options.theme === "light") teaser.classList.add(options.theme);
  teaser.setAttribute("part", "teaser");
  const text = createButton("text", widget.open);
  text.dir = "auto";
  text.textContent = options.teaser ?? "";
  const dismiss = createButton("dismiss", () => {
    launcher.focus({ preventScroll: true });
    rememberDismissal(baseUrl);
  });
  dismiss.setAttribute("aria-label", DISMISS[shell.locale]);
  dismiss.textContent = "×";
  teaser.append(text, dismiss);
  root.append(teaser);

  const remove = () => teaser.remove();
  teaser.addEventListener("click", remove);
  widget.on("open", remove);
}

/** The one thing that is stored without a conversation, and by the visitor's own click only. */
function rememberDismissal(baseUrl: string): void {
  try {
    localStorage.setItem(toTeaserKey(baseUrl), "dismissed");
  } catch {
    // Then it is sent away for this page.
  }
}

export function wasDismissed(baseUrl: string): boolean {
  try {
    return localStorage.getItem(toTeaserKey(baseUrl)) !== null;
  } catch {
    return false;
  }
}

function toTeaserKey(baseUrl: string): string {
  return `${toStorageKey(baseUrl)}#teaser`;
}

function createButton(className: string, pressed: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.addEventListener("click", pressed);
  return button;
}

const DISMISS: Readonly<Record<Locale, string>> = {
  en: "Dismiss",
  de: "Schließen",
  ru: "Закрыть",
  fr: "Fermer",
  es: "Cerrar",
  it: "Chiudi",
  pt: "Fechar",
  "pt-BR": "Fechar",
  nl: "Sluiten",
  pl: "Zamknij",
  uk: "Закрити",
  cs: "Zavřít",
  sk: "Zavrieť",
  hu: "Bezárás",
  ro: "Închide",
  bg: "Затваряне",
  el: "Κλείσιμο",
  tr: "Kapat",
  ar: "إغلاق",
  he: "סגירה",
  fa: "بستن",
  ur: "بند کریں",
  hi: "बंद करें",
  "zh-CN": "关闭",
  "zh-TW": "關閉",
  ja: "閉じる",
  ko: "닫기",
  vi: "Đóng",
  th: "ปิด",
  id: "Tutup",
  sv: "Stäng",
  da: "Luk",
  nb: "Lukk",
  fi: "Sulje",
};
