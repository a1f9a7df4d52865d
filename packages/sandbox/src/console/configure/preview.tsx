import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { directionOf } from "./locales.ts";
import type { Look } from "./look.ts";
import type { PreviewCommand, PreviewReport } from "./preview-messages.ts";
import { type SnippetInput, toAttributes, toScriptUrl } from "./snippet.ts";

interface PreviewProps {
  readonly look: Look;
  readonly input: SnippetInput;
}

/** While somebody types, the widget is not created again for each letter. */
const SETTLE_MS = 250;

/** The widget on a page of its own, in a frame. */
export function Preview({ look, input }: PreviewProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const focused = useRef<Element | null>(null);
  const [isReady, setIsReady] = useState(false);
  const [isNarrow, setIsNarrow] = useState(false);
  const [trouble, setTrouble] = useState<"unreachable" | "refused" | null>(null);
  const [hasOwnButton, setHasOwnButton] = useState(true);
  const { bff, options, properties } = input;
  const command: PreviewCommand = {
    type: "show",
    scriptUrl: toScriptUrl(bff),
    attributes: toAttributes(options),
    properties,
    lang: look.locale || "en",
    dir: directionOf(look.locale),
    colors: look.theme,
    ownButton: look.launcher === "own" ? String(options.launcher ?? "") : "",
  };
  const text = JSON.stringify(command);

  function post(message: PreviewCommand): void {
    frame.current?.contentWindow?.postMessage(message, location.origin);
  }

  // Before the frame has loaded.
  useLayoutEffect(() => {
    function receive({ source, origin, data }: MessageEvent<PreviewReport>): void {
      if (source !== frame.current?.contentWindow || origin !== location.origin) return;
      if (data.type === "ready") setIsReady(true);
      if (data.type === "shown") {
        setTrouble(null);
        setHasOwnButton(data.hasOwnButton);
        release();
      }
      if (data.type === "trouble") {
        setTrouble(data.trouble);
        release();
      }
    }
    addEventListener("message", receive);
    return () => removeEventListener("message", receive);
  }, []);

  useEffect(() => {
    if (!isReady) return;
    const timer = setTimeout(() => {
      // A panel that is opened again takes the focus: it belongs to the field that is being edited.
      focused.current = document.activeElement;
      if (frame.current && document.activeElement !== frame.current) frame.current.inert = true;
      post(JSON.parse(text));
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [isReady, text]);

  function release(): void {
    if (!frame.current) return;
    frame.current.inert = false;
    if (document.activeElement === frame.current && focused.current instanceof HTMLElement)
      focused.current.focus();
  }

  return (
    <section class="preview-pane" aria-labelledby="preview-title">
      <div class="pane-header">
        <h2 id="preview-title">Preview</h2>
        <label class="switch">
          <input
            type="checkbox"
            checked={isNarrow}
            onChange={(event) => setIsNarrow(event.currentTarget.checked)}
          />
          Phone
        </label>
        <button type="button" onClick={() => post({ type: "open" })}>
          Open the chat
        </button>
        <button type="button" onClick={() => post({ type: "forget" })}>
          New visitor
        </button>
      </div>
      {trouble !== null && (
        <p class="notice trouble" role="alert">
          {trouble === "unreachable" ? (
            <>
              The widget cannot be loaded from <code>{command.scriptUrl}</code>: is the chat server running?
            </>
          ) : (
            <>
              The chat server does not answer this page. Add <code>{location.origin}</code> to its{" "}
              <code>MAILOO_CHAT_ALLOWED_ORIGINS</code>, and restart it.
            </>
          )}
        </p>
      )}
      {!hasOwnButton && (
        <p class="notice" role="status">
          Nothing on the sample page matches this selector. On your page it must.
        </p>
      )}
      <iframe
        ref={frame}
        class={isNarrow ? "narrow" : ""}
        title="A sample page with the widget"
        src="/configure/preview.html"
      />
    </section>
  );
}
