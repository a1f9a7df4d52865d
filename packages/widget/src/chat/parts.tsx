import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ComponentChildren } from "preact";
import type { ChatClient } from "../client/chat-client.ts";
import type { Texts } from "../i18n/texts.ts";
import type { Shell } from "../launcher/shell.ts";
import type { Linkify } from "./link-text.tsx";
import type { Menu } from "./menu.tsx";
import type { Occasional } from "./occasional.tsx";

/** What a part may use. */
export interface PartContext {
  readonly shell: Shell;
  readonly t: Texts;
  readonly client: ChatClient;
  /** Renders the panel again, at once. */
  readonly draw: () => void;
  /** Forgets this conversation and begins the next. What the page has said of the visitor still holds. */
  readonly startNew: () => void;
}

/** What few visitors need: files of their own, fetched when they are first wanted. */
export interface Parts {
  toggleMenu(): void;
  isMenuOpen(): boolean;
  menu(): ComponentChildren;
  /** The next conversation asks again. */
  forgetIntroduction(): void;
  /** In place of the composer where the visitor may not write, or not yet; undefined where they may. */
  replacement(): ComponentChildren;
  /** What is needed at times; undefined until it is there. */
  occasional(): Occasional | undefined;
  /** Makes links; undefined until it is there. */
  linkify(): Linkify | undefined;
  /** A message came while nobody looks. */
  callAttention(message: ChatMessage): void;
  /** The site has an accent of its own: what is written on it becomes black or white. */
  keepReadable(accent: string): void;
  /** The panel covers the screen. */
  coverScreen(panel: HTMLElement, isCovering: () => boolean): void;
}

export function createParts(context: PartContext): Parts {
  const { client, draw, shell } = context;
  let menu: Menu | undefined;
  let isIntroduced = false;

  const preChat = fetchOnce(async () => {
    const { createPreChat } = await import("./pre-chat-form.tsx");
    return createPreChat(context, () => {
      isIntroduced = true;
      draw();
    });
  });
  const ended = fetchOnce(async () => (await import("./ended.tsx")).createEnded(context));
  const occasional = fetchOnce(async () => (await import("./occasional.tsx")).createOccasional(context));

  const linkify = fetchOnce(async () => (await import("./link-text.tsx")).linkify);

  /** What it returns gives the part, and asks for it where it is not there yet: draws again as soon as it is. */
  function fetchOnce<T>(load: () => Promise<T>): () => T | undefined {
    let part: T | undefined;
    let isAsked = false;
    return () => {
      if (!isAsked) {
        isAsked = true;
        load().then(
          (loaded) => {
            part = loaded;
            draw();
          },
          () => {
            isAsked = false;
          },
        );
      }
      return part;
    };
  }

  async function toggleMenu(): Promise<void> {
    const { createMenu } = await import("./menu.tsx");
    if (menu) {
      menu.close();
      return;
    }
    menu = createMenu(context, () => {
      menu = undefined;
      draw();
    });
    draw();
    menu.focusFirst();
  }

  return {
    forgetIntroduction() {
      isIntroduced = false;
    },
    toggleMenu: () => void toggleMenu().catch(ignore),
    isMenuOpen: () => menu !== undefined,
    menu: () => menu?.view(),
    occasional,
    linkify,
    replacement() {
      const { config, hasSession, timeline, notice, asked } = client.state;
      if (notice?.kind === "ended") return ended()?.view(notice.reason) ?? null;
      const consent = config?.consent ?? null;
      const isBefore = !isIntroduced && !hasSession && timeline.length === 0;
      const asks = asked.some(({ required }) => required) || (isBefore && (asked.length > 0 || consent));
      return asks ? (preChat()?.view(asked, consent) ?? null) : undefined;
    },
    callAttention(message) {
      import("../attention/attention.ts").then((part) => part.callAttention(context, message)).catch(ignore);
    },
    keepReadable(accent) {
      import("./keep-readable.ts").then((part) => part.keepReadable(shell.root, accent)).catch(ignore);
    },
    coverScreen(panel, isCovering) {
      import("./cover-screen.ts")
        .then((part) => part.coverScreen(panel, isCovering, shell.signal))
        .catch(ignore);
    },
  };
}

/** The chat works without a part that does not come; it is asked for again when it is next wanted. */
function ignore(): void {}
