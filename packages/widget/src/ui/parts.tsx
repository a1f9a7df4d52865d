import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ComponentChildren } from "preact";
import type { ChatClient } from "../client/chat-client.ts";
import type { Shell } from "../shell/shell.ts";
import type { Texts } from "./texts.ts";

/** What a part may use. */
export interface PartContext {
  readonly shell: Shell;
  readonly t: Texts;
  readonly client: ChatClient;
  /** Draws the panel again. */
  readonly draw: () => void;
}

/** What few visitors need: files of their own, fetched when they are first wanted. */
export interface Parts {
  toggleMenu(): void;
  menu(): ComponentChildren;
  /** In place of the composer while the visitor has to say who they are; undefined where nothing is asked. */
  preChat(): ComponentChildren;
  /** A message came while nobody looks. */
  callAttention(message: ChatMessage): void;
  /** The site has an accent of its own: what is written on it becomes black or white. */
  keepReadable(): void;
  /** The panel covers the screen. */
  coverScreen(panel: HTMLElement, isCovering: () => boolean): void;
}

/** Loaded when the server asks for it: before a first message, and only if it is under siege. */
export async function solveChallenge(challenge: unknown, signal: AbortSignal): Promise<unknown> {
  const part = await import("../parts/solve-challenge.ts");
  return part.solveChallenge(challenge, signal);
}

export function createParts(context: PartContext): Parts {
  const { client, draw, shell } = context;
  const menu = createPart(() => import("../parts/menu.tsx"), draw);
  const preChat = createPart(() => import("../parts/pre-chat.tsx"), draw);
  let isMenuOpen = false;
  let isIntroduced = false;

  function toggleMenu(): void {
    isMenuOpen = !isMenuOpen;
    draw();
  }

  function introduced(): void {
    isIntroduced = true;
    draw();
  }

  return {
    toggleMenu,
    menu() {
      const Menu = isMenuOpen && menu()?.Menu;
      return Menu && <Menu {...context} close={toggleMenu} />;
    },
    preChat() {
      const { config, hasSession, timeline } = client.state;
      const asks = config && (config.preChat.fields.length > 0 || config.consent);
      if (!asks || isIntroduced || hasSession || timeline.length > 0) return undefined;
      const PreChat = preChat()?.PreChat;
      return PreChat ? <PreChat {...context} config={config} done={introduced} /> : null;
    },
    callAttention(message) {
      import("../parts/attention.ts").then((part) => part.callAttention(context, message)).catch(ignore);
    },
    keepReadable() {
      import("../parts/keep-readable.ts")
        .then((part) => part.keepReadable(shell.root, shell.launcher))
        .catch(ignore);
    },
    coverScreen(panel, isCovering) {
      import("../parts/cover-screen.ts")
        .then((part) => part.coverScreen(panel, isCovering, shell.signal))
        .catch(ignore);
    },
  };
}

/** Starts the load when first asked for; draws again when the file is there; asks again after a failure. */
function createPart<Module>(load: () => Promise<Module>, draw: () => void): () => Module | undefined {
  let module: Module | undefined;
  let isLoading = false;

  async function fetchPart(): Promise<void> {
    isLoading = true;
    try {
      module = await load();
      draw();
    } catch {
      isLoading = false;
    }
  }

  return () => {
    if (!isLoading) void fetchPart();
    return module;
  };
}

function ignore(): void {}
