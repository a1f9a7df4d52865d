import { toConfigUrl } from "../launcher/config-url.ts";
import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession } from "../launcher/stored-keys.ts";

const LOOK_EVERY_MS = 60_000;
/** A server that does not answer in this time hides nothing. */
const PATIENCE_MS = 5_000;

/** Ends what was begun for a widget before: an option may change there and back. */
const stops = new WeakMap<Shell, () => void>();

/**
 * Hides the launcher while nobody is there, except from a visitor who has a conversation. It is hidden when this begins.
 *
 * @param show shows it, with what comes with it; called once
 */
export function hideWhileAway(shell: Shell, show: () => void): void {
  const { baseUrl, locale, shadow, root, launcher, signal } = shell;
  // As the core asks later: the browser then has the answer.
  const url = toConfigUrl(baseUrl, locale);
  let timer: ReturnType<typeof setTimeout>;
  let isStopped = false;
  let wasShown = false;

  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
  }

  function setAway(isAway: boolean): void {
    if (isStopped || shell.isEmbedded || shell.options.away !== "hide") return;
    launcher.hidden = isAway && !hasStoredSession(shadow.host.id) && !root.classList.contains("opened");
    if (!launcher.hidden && !wasShown) show();
    wasShown ||= !launcher.hidden;
  }

  async function look(): Promise<void> {
    // A page that nobody looks at asks nothing.
    setAway(document.hidden ? !!launcher.hidden : await askWhetherAway(url));
    if (!isStopped) timer = setTimeout(look, LOOK_EVERY_MS);
  }

  stops.get(shell)?.();
  stops.set(shell, stop);
  signal.addEventListener("abort", stop);
  // A page's own button may begin a conversation.
  shadow.host.addEventListener("mailoo-chat:session", () => setAway(!!launcher.hidden), { signal });
  void look();
}

async function askWhetherAway(url: string): Promise<boolean> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  try {
    const answer = await Promise.race([fetch(url), late]);
    return ((await answer?.json()) as { status?: unknown } | undefined)?.status === "away";
  } catch {
    return false;
  }
}
