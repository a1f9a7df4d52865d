/** A snapshot of the visible widget. */
export interface ViewOfWidget {
  readonly launcher: Control | null;
  /** Null while it is closed. */
  readonly panel: ViewOfPanel | null;
}

export interface ViewOfPanel {
  readonly composer: Control | null;
  readonly direction: string;
  /** Of its surface and of the text on it, as computed: `rgb(…)`. */
  readonly background: string;
  readonly color: string;
  readonly messages: readonly SeenMessage[];
}

/** Something to click on. */
export interface Control {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface SeenMessage {
  readonly author: string;
  readonly state: string;
  readonly text: string;
}

/**
 * Runs in the page, so it is self-contained. It finds elements by the documented roles, parts and attributes, in the open
 * shadow root, since not every driver can.
 */
export function readWidget(): ViewOfWidget {
  const host = Array.from(document.querySelectorAll("*")).find((element) => element.shadowRoot !== null);
  const find = (selector: string) => host?.shadowRoot?.querySelector<HTMLElement>(selector) ?? null;

  const toControl = (element: HTMLElement | null) => {
    if (element === null) return null;
    const box = element.getBoundingClientRect();
    return {
      name: element.getAttribute("aria-label") ?? "",
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
    };
  };
  const toMessage = (element: HTMLElement) => ({
    author: element.dataset.author ?? "",
    state: element.dataset.state ?? "",
    text: element.querySelector("[dir=auto]")?.textContent ?? "",
  });
  const toPanel = (element: HTMLElement) => {
    const { direction, backgroundColor, color } = getComputedStyle(element);
    return {
      composer: toControl(find("textarea")),
      direction,
      background: backgroundColor,
      color,
      messages: Array.from(element.querySelectorAll<HTMLElement>("[data-message-id]"), toMessage),
    };
  };

  const panel = find("[role=dialog]");
  const isOpen = panel !== null && getComputedStyle(panel).visibility === "visible";
  return { launcher: toControl(find("[part~=launcher]")), panel: isOpen ? toPanel(panel) : null };
}
